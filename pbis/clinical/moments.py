"""Columns of dates and times: ISO, HL7 compact, or a form with only one reading; the site's wall time comes out.

A stamp with an offset is converted to the site's zone. `03/04/2026` has two readings: the site's map decides, else the column if
another date in it does, else the file is refused. A text that is no date gives null, and the caller says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Extract
from pbis.core.errors import AmbiguousValue
from pbis.core.frames.model import MOMENT

EARLIEST, LATEST = 1900, 2100


@dataclass(frozen=True)
class Moments:
    """at: site wall time, null where the text is empty or no date; has_time: false where only a date was written."""

    at: pa.Array
    has_time: pa.Array


@dataclass(frozen=True)
class _Moment:
    at: datetime | None
    has_time: bool


NO_MOMENT = _Moment(None, has_time=False)


def read_moments(extract: Extract, field: str, zone: ZoneInfo, date_order: str | None = None) -> Moments:
    """One column as moments. Raises AmbiguousValue with the first line whose date has two readings."""
    coded = extract.columns[field].dictionary_encode()
    fast = _iso_moments(coded.dictionary) or _stamp_moments(coded.dictionary, zone)
    if fast is not None:
        return Moments(fast.at.take(coded.indices), fast.has_time.take(coded.indices))
    words = coded.dictionary.to_pylist()
    order = date_order or _order_by_evidence(words)
    if order is None:
        _refuse_ambiguous(extract, field, words)
    parsed = [_parse(word, order or "dmy", zone) for word in words]
    at = pa.array([each.at for each in parsed], MOMENT).take(coded.indices)
    return Moments(at, pa.array([each.has_time for each in parsed], pa.bool_()).take(coded.indices))


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


def _parse(word: str, order: str, zone: ZoneInfo) -> _Moment:
    for read in (_iso, _compact, _named_month, _numeric):
        found = read(word, order)
        if found is not None:
            return _local(found, zone)
    return NO_MOMENT


def _local(found: _Moment, zone: ZoneInfo) -> _Moment:
    if found.at is None or not EARLIEST <= found.at.year <= LATEST:
        return NO_MOMENT
    if found.at.tzinfo is None or not found.has_time:  # a date is a date in every zone
        return _Moment(found.at.replace(tzinfo=None), found.has_time)
    return _Moment(found.at.astimezone(zone).replace(tzinfo=None), found.has_time)


def _iso(word: str, _: str) -> _Moment | None:
    if not _ISO.fullmatch(word):
        return None
    try:
        return _Moment(datetime.fromisoformat(word), has_time=len(word) > 10)
    except ValueError:
        return NO_MOMENT


def _compact(word: str, _: str) -> _Moment | None:
    """HL7: YYYYMMDD, with HHMM, HHMMSS, fractions of a second and an offset as they are known; an hour alone is no time."""
    found = _COMPACT.fullmatch(word)
    if found is None:
        return None
    date, time, fraction, offset = found.group("date", "time", "fraction", "offset")
    digits = date + (time or "").ljust(6, "0") + (fraction or ".0")[1:7].ljust(6, "0")
    return _strptime(digits + (offset or ""), "%Y%m%d%H%M%S%f" + ("%z" if offset else ""), has_time=time is not None)


def _named_month(word: str, _: str) -> _Moment | None:
    """05-Mar-2026, 5 March 2026, Mar 5, 2026, with or without a time."""
    found = _DAY_MONTH.fullmatch(word) or _MONTH_DAY.fullmatch(word)
    if found is None:
        return None
    month = _MONTHS.get(found["month"][:3].casefold())
    return _build(found["year"], month, found["day"], found["time"]) if month else NO_MOMENT


def _numeric(word: str, order: str) -> _Moment | None:
    found = _NUMERIC.fullmatch(word)
    if found is None:
        return None
    day, month = (found["a"], found["b"]) if order == "dmy" else (found["b"], found["a"])
    return _build(found["year"], int(month), day, found["time"])


def _build(year: str, month: int, day: str, time: str | None) -> _Moment:
    clock = " ".join((time or "").upper().replace("AM", " AM").replace("PM", " PM").split())
    text = f"{year}-{month:02d}-{int(day):02d} {clock or '0:00'}"
    form = "%I" if clock.endswith("M") else "%H"
    seconds = ":%S" if clock.count(":") == 2 else ""
    return _strptime(
        text, f"%Y-%m-%d {form}:%M{seconds}" + (" %p" if clock.endswith("M") else ""), has_time=bool(clock)
    )


def _strptime(text: str, form: str, *, has_time: bool) -> _Moment:
    try:
        return _Moment(datetime.strptime(text, form), has_time)
    except ValueError:
        return NO_MOMENT


def _order_by_evidence(words: Iterable[str]) -> str | None:
    """'dmy' or 'mdy' if the numeric dates of the column allow only that, 'dmy' if there are none or both agree, else None."""
    pairs = [(int(found["a"]), int(found["b"])) for word in words if (found := _NUMERIC.fullmatch(word))]
    undecided = any(a != b and a <= 12 and b <= 12 for a, b in pairs)
    says_dmy = any(a > 12 >= b for a, b in pairs)
    says_mdy = any(b > 12 >= a for a, b in pairs)
    if says_dmy != says_mdy:
        return "dmy" if says_dmy else "mdy"
    return None if undecided or says_dmy else "dmy"


def _refuse_ambiguous(extract: Extract, field: str, words: Iterable[str]) -> None:
    numeric = pa.array([word for word in words if _NUMERIC.fullmatch(word)], pa.string())
    row = extract.first(pc.is_in(extract.columns[field], numeric)) or 0
    raise AmbiguousValue(
        "the date may be day first or month first, and nothing in the column decides",
        file=extract.file_name,
        line=int(extract.lines[row]),
        column=field,
        expected="dates like 2026-03-05",
        found=repr(extract.columns[field][row].as_py()[:20]),
        hint="set date_order in the site's labs map",
    )


def days_of(at: pa.Array) -> np.ndarray:
    """Days since 1970-01-01 of moments, as int64; the smallest int64 where null."""
    days = at.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return days.fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False)


_ISO_LOCAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?)?$"
_ISO_OFFSET = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
_DIGITS = "([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})"
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT = re.compile(
    r"(?P<date>[0-9]{8})(?:(?P<time>[0-9]{4}(?:[0-9]{2})?)|[0-9]{2})?(?P<fraction>\.[0-9]{1,6})?(?P<offset>[+-][0-9]{4}|Z)?"
)
_TIME = r"(?:[ T,]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*(?:[AaPp][Mm])?))?"
_DAY_MONTH = re.compile(
    rf"(?P<day>[0-9]{{1,2}})[-. /]\s*(?P<month>[A-Za-z]{{3,9}})\.?[-. /,]\s*(?P<year>[0-9]{{4}}){_TIME}"
)
_MONTH_DAY = re.compile(rf"(?P<month>[A-Za-z]{{3,9}})\.?[- ](?P<day>[0-9]{{1,2}}),?[- ](?P<year>[0-9]{{4}}){_TIME}")
_NUMERIC = re.compile(rf"(?P<a>[0-9]{{1,2}})(?P<mark>[-/.])(?P<b>[0-9]{{1,2}})(?P=mark)(?P<year>[0-9]{{4}}){_TIME}")
_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS = {name[:3]: number for number, name in enumerate(_NAMES, start=1)}
