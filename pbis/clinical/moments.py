"""Columns of dates and times of an extract; the site's wall time comes out. What a text says is decided in pbis.files.moment.

Midnight exactly is a day without a time: databases and spreadsheets write it where no time is known, and nobody was treated or drawn
then so often that it could be told apart. A workbook and an OMOP table are read so, too. Programs that write a day as a moment in
Greenwich write midnight there, or the hour at which it is midnight where they run: where a column has no other times, these are days.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.aside import USUAL
from pbis.clinical.extract import Extract
from pbis.core.errors import AmbiguousValue
from pbis.files.date_order import DateCell, Evidence
from pbis.files.moment import is_open, read
from pbis.files.moment_column import Moments, read_column

__all__ = ["Moments", "days_of", "read_moments"]

_MANY = 3  # such midnights are no coincidence; one or two may be times. Own choice


def read_moments(extract: Extract, field: str, zone: ZoneInfo, date_order: str | None = None) -> Moments:
    """One column as moments. Raises AmbiguousValue with the first line whose date has two readings.

    In a format that says how dates are written, a few of them among dates that have one are no dates, each alone.
    """

    def evidence(words: pa.Array) -> Evidence:
        return Evidence(extract.file_name, column=_cells(extract, field, words), column_name=field, declared=date_order)

    texts = extract.columns[field]
    try:
        return _with_days(texts, read_column(texts, zone, evidence))
    except AmbiguousValue:
        sound = _without_few_open(texts) if extract.has_own_dates else None
        if sound is None:
            raise
    return _with_days(sound, read_column(sound, zone, evidence))


def _with_days(texts: pa.Array, moments: Moments) -> Moments:
    """The same, with days alone where midnight was written for want of a time."""
    if len(pc.unique(moments.at.filter(moments.has_time))) < _MANY:
        return _without_midnights(texts, moments)
    if pc.all(_is_midnight(moments).filter(moments.has_time)).as_py():
        return Moments(moments.at, pa.repeat(False, len(texts)))
    return _without_midnights(texts, _without_greenwich(texts, moments))


def _is_midnight(moments: Moments) -> pa.Array:
    return pc.and_(moments.has_time, pc.equal(moments.at, pc.floor_temporal(moments.at, unit="day")))


def _without_greenwich(texts: pa.Array, moments: Moments) -> Moments:
    """The same; where all times of the column are midnight in Greenwich, the days that they are there."""
    words = pc.unique(texts.filter(moments.has_time)).to_pylist()
    days = []
    for word in words:
        day = _day_of_greenwich(word)
        if day is None:
            return moments
        days.append(day)
    written = pa.array(days, moments.at.type).take(pc.index_in(texts, value_set=pa.array(words, pa.string())))
    return Moments(pc.if_else(moments.has_time, written, moments.at), pa.repeat(False, len(texts)))


def _day_of_greenwich(word: str) -> datetime | None:
    """Its day, where it is midnight in Greenwich and says so."""
    found = read(word)
    if found is None or found.at.utcoffset() != timedelta() or found.at.time() != time():
        return None
    return found.at.replace(tzinfo=None)


def _without_midnights(texts: pa.Array, moments: Moments) -> Moments:
    """The same, midnight being a day alone where it was written as such; 23:00 in Greenwich is a time in Berlin, too."""
    is_midnight = _is_midnight(moments)
    if not pc.any(is_midnight).as_py():
        return moments
    words = pc.unique(texts.filter(is_midnight)).to_pylist()
    written = pa.array([word for word in words if _says_midnight(word)], pa.string())
    is_day = pc.and_(pc.fill_null(is_midnight, False), pc.is_in(texts, written))
    return Moments(moments.at, pc.and_(moments.has_time, pc.invert(is_day)))


def _says_midnight(word: str) -> bool:
    """Whether its own clock stands at midnight; one whose order of day and month the text leaves open has no offset to say otherwise."""
    found = read(word)
    return found is None or found.at.time() == time()


def _without_few_open(texts: pa.Array) -> pa.Array | None:
    """The column without its dates of two readings; None where they are too many to be strays, or all of them."""
    coded = texts.dictionary_encode()
    is_open_word = pa.array([is_open(word) for word in coded.dictionary.to_pylist()], pa.bool_())
    is_stray = is_open_word.take(coded.indices)
    strays, dated = is_stray.true_count, pc.sum(pc.not_equal(texts, "")).as_py()
    if not 0 < strays < dated or (strays > USUAL.count and 100 * strays > USUAL.pct * dated):
        return None
    return pc.if_else(is_stray, "", texts)


def _cells(extract: Extract, field: str, words: pa.Array) -> list[DateCell]:
    """Each distinct text with the first line that it stands on."""
    rows = pc.index_in(words, value_set=extract.columns[field]).to_pylist()
    return [DateCell(int(extract.lines[row]), word) for word, row in zip(words.to_pylist(), rows, strict=True)]


def days_of(at: pa.Array) -> np.ndarray:
    """Days since 1970-01-01 of moments, as int64; the smallest int64 where null."""
    days = at.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return np.asarray(days.fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False))
