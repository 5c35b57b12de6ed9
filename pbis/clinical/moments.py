"""Columns of dates and times of an extract; the site's wall time comes out. What a text says is decided in pbis.files.moment."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Extract
from pbis.files.date_order import DateCell, Evidence
from pbis.files.moment_column import Moments, read_column

__all__ = ["Moments", "days_of", "read_moments"]


def read_moments(extract: Extract, field: str, zone: ZoneInfo, date_order: str | None = None) -> Moments:
    """One column as moments. Raises AmbiguousValue with the first line whose date has two readings."""

    def evidence(words: pa.Array) -> Evidence:
        return Evidence(extract.file_name, column=_cells(extract, field, words), column_name=field, declared=date_order)

    return read_column(extract.columns[field], zone, evidence)


def _cells(extract: Extract, field: str, words: pa.Array) -> list[DateCell]:
    """Each distinct text with the first line that it stands on."""
    rows = pc.index_in(words, value_set=extract.columns[field]).to_pylist()
    return [DateCell(int(extract.lines[row]), word) for word, row in zip(words.to_pylist(), rows, strict=True)]


def days_of(at: pa.Array) -> np.ndarray:
    """Days since 1970-01-01 of moments, as int64; the smallest int64 where null."""
    days = at.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return np.asarray(days.fill_null(np.iinfo(np.int64).min).to_numpy(zero_copy_only=False))
