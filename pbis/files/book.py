"""A workbook as values or as text: sheets of rows of cells, with the row numbers a person counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

ERROR_WORDS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")


class CellError(str):
    """What stands in a cell whose formula failed, such as #DIV/0!; it reads as the same word in a CSV does, never as empty."""

    __slots__ = ()


Value = str | float | bool | datetime | date | time | timedelta | CellError | None  # None: an empty cell


@dataclass(frozen=True)
class CellSheet:
    """rows[i] is row i + 1 of the sheet; empty cells at its end are left out."""

    name: str
    rows: Sequence[list[Value]]


@dataclass(frozen=True)
class BookSheet:
    """rows[i] is row i + 1 of the sheet, trailing empty cells left out; dates: (row, column) from 0 of cells held as dates."""

    name: str
    rows: Sequence[list[str]]
    dates: frozenset[tuple[int, int]] = frozenset()

    def row_text(self, at: int) -> tuple[str, ...]:
        """The cells of a row, blanks at their ends removed; empty where the sheet has no such row."""
        if at >= len(self.rows):
            return ()
        if at not in self._trimmed:
            self._trimmed[at] = tuple([cell.strip() for cell in self.rows[at]])
        return self._trimmed[at]

    @cached_property
    def _trimmed(self) -> dict[int, tuple[str, ...]]:
        """Rows that were asked for: claims, tables and rows look at the same ones."""
        return {}


@dataclass(frozen=True)
class Book:
    """The sheets of a workbook in their order."""

    name: str
    sheets: tuple[BookSheet, ...]

    def offset(self, sheet: BookSheet) -> int:
        """Rows of the sheets before this one: source lines of run-wide frames count through the whole workbook."""
        at = next(i for i, known in enumerate(self.sheets) if known is sheet)
        return sum(len(known.rows) for known in self.sheets[:at])


def as_text(sheet: CellSheet) -> BookSheet:
    """The sheet's cells as a person reads them."""
    strange = [i for i, row in enumerate(sheet.rows) if not _PLAIN.issuperset(map(type, row))]
    dates = frozenset((i, j) for i in strange for j, cell in enumerate(sheet.rows[i]) if isinstance(cell, date))
    known = _Texts()
    rows = [list(map(known.__getitem__, row)) for row in sheet.rows]
    for i in strange:  # True equals 1.0, and a moment may equal another of its kind
        rows[i] = [written(cell) for cell in sheet.rows[i]]
    return BookSheet(sheet.name, rows, dates)


_PLAIN = {str, float, type(None)}


class _Texts(dict[Value, str]):
    """`written` of each value that was asked for; most of a sheet's values stand in many cells."""

    def __missing__(self, value: Value) -> str:
        text = self[value] = written(value)
        return text


def written(value: Value) -> str:
    """A value as a person reads it: 275001.0 is a barcode, a date is written year first."""
    if value is None:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        is_whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
        return str(int(value)) if is_whole else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)
