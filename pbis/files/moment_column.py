"""Columns of dates and times: the common forms all at once, every other distinct text by pbis.files.moment.

A stamp with an offset is converted to the zone that the caller names. A date with two readings is decided by the column's evidence
(pbis.files.date_order), else the file is refused. A text that is no date gives null, and the caller says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames.model import MOMENT
from pbis.files.date_order import Evidence, decide
from pbis.files.moment import EARLIEST, LATEST, is_numeric, read


@dataclass(frozen=True)
class Moments:
    """at: wall time of the zone, null where the text is empty or no date; has_time: false where only a date was written."""

    at: pa.Array
    has_time: pa.Array


def read_column(texts: pa.Array, zone: ZoneInfo, evidence: Callable[[pa.Array], Evidence]) -> Moments:
    """One column as moments.

    evidence: is given the distinct dates of numbers, where there are any, and says where they stand and what else decides their
    order. Raises AmbiguousValue with the first line whose date has two readings.
    """
    coded = texts.dictionary_encode()
    fast = _iso_moments(coded.dictionary) or _stamp_moments(coded.dictionary, zone)
    if fast is not None:
        return Moments(fast.at.take(coded.indices), fast.has_time.take(coded.indices))
    words = coded.dictionary.to_pylist()
    numeric = pa.array([word for word in words if is_numeric(word)], pa.string())
    order = decide(evidence(numeric)).order if len(numeric) else None
    parsed = [_local(word, order, zone) for word in words]
    at = pa.array([at for at, _ in parsed], MOMENT).take(coded.indices)
    return Moments(at, pa.array([has_time for _, has_time in parsed], pa.bool_()).take(coded.indices))


def _local(word: str, order: str | None, zone: ZoneInfo) -> tuple[datetime | None, bool]:
    found = read(word, order)
    if found is None:
        return None, False
    if found.at.tzinfo is None:
        return found.at, found.has_time
    return found.at.astimezone(zone).replace(tzinfo=None), found.has_time


def _iso_moments(texts: pa.Array) -> Moments | None:
    """The common case, all at once: every cell empty or ISO without an offset. None where a cell is anything else."""
    is_empty = pc.equal(texts, "")
    if not pc.all(pc.or_(is_empty, pc.match_substring_regex(texts, _ISO_LOCAL))).as_py():
        return None
    try:
        at = pc.if_else(is_empty, None, texts).cast(MOMENT)
    except pa.ArrowInvalid:
        return None
    years = pc.min_max(pc.year(at)).as_py()
    if years["min"] is not None and not EARLIEST <= years["min"] <= years["max"] <= LATEST:
        return None
    return Moments(at, pc.greater(pc.utf8_length(texts), 10))


def _stamp_moments(texts: pa.Array, zone: ZoneInfo) -> Moments | None:
    """HL7 stamps without an offset, or ISO stamps that all have one; None where a cell is anything else."""
    if pc.all(pc.match_substring_regex(texts, r"^([0-9]{12}|[0-9]{14})$")).as_py():
        with_seconds = pc.replace_substring_regex(texts, rf"^{_DIGITS}([0-9]{{2}})$", r"\1-\2-\3 \4:\5:\6")
        return _iso_moments(pc.replace_substring_regex(with_seconds, rf"^{_DIGITS}$", r"\1-\2-\3 \4:\5"))
    if not pc.all(pc.match_substring_regex(texts, _ISO_OFFSET)).as_py():
        return None
    try:
        at = pc.local_timestamp(texts.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone.key)))
    except pa.ArrowInvalid:  # an impossible date, or a machine whose zones Arrow cannot find
        return None
    years = pc.min_max(pc.year(at)).as_py()
    if not EARLIEST <= years["min"] <= years["max"] <= LATEST:
        return None
    return Moments(at, pa.repeat(True, len(texts)))


_ISO_LOCAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?$"
_ISO_OFFSET = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
_DIGITS = "([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})"
