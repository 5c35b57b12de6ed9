"""The cells of a workbook as calamine reads them, with the error values that it leaves out; runs in the child process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook

from pbis.files.error_cells import Errors, error_cells
from pbis.files.limits import Limits, Refused
from pbis.files.payload import BOOL, DATE, DATETIME, DURATION, ERROR, NUMBER, TEXT, TIME


class ErrorWord(str):
    """The value of a cell whose formula failed."""

    __slots__ = ()


class CellRow(NamedTuple):
    """Cells of a row that hold something: sheet and row from 0, then columns from 0 and values beside each other."""

    sheet: int
    row: int
    columns: list[int]
    values: list[Any]


def cells(data: bytes, limits: Limits) -> tuple[list[str], Iterator[CellRow]]:
    """Sheet names, and every row that holds something. Raises Refused, also while the rows are taken."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    names = list(book.sheet_names)
    if len(names) > limits.sheets:
        raise Refused("the workbook has too many sheets", f"at most {limits.sheets}", str(len(names)))
    errors = error_cells(data, names)
    return names, (row for at in range(len(names)) for row in _sheet(book, at, errors[at], limits))


_UNREADABLE = (CalamineError, OSError, ValueError, OverflowError, IndexError)


def _unreadable(error: Exception) -> Refused:
    return Refused("the workbook cannot be read", "an XLS or XLSX file", str(error)[:200] or "damage")


def _sheet(book: Any, at: int, errors: Errors, limits: Limits) -> Iterator[CellRow]:
    try:
        sheet = book.get_sheet_by_index(at)
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    if sheet.end is None:
        height = width = left = 0
    else:
        height, width, left = sheet.end[0] + 1, sheet.end[1] + 1, sheet.start[1]
    _check_size(sheet.name, height, width, limits)
    for row, values in enumerate(sheet.iter_rows()):
        at_left = left if len(values) < width else 0  # rows come without the empty columns before the first filled one
        if errors:
            values = [
                value if word is None else ErrorWord(word)
                for value, word in ((each, errors.pop((row, at_left + i), None)) for i, each in enumerate(values))
            ]
        columns = [column for column, value in enumerate(values, at_left) if value != ""]
        if columns:
            yield CellRow(at, row, columns, [value for value in values if value != ""])
    for (row, column), word in sorted(errors.items()):  # those that calamine passes over altogether
        _check_size(sheet.name, row + 1, column + 1, limits)
        yield CellRow(at, row, [column], [ErrorWord(word)])


def _check_size(name: str, height: int, width: int, limits: Limits) -> None:
    if height > limits.rows or width > limits.columns or height * width > limits.cells:
        expected = f"{limits.rows} rows, {limits.columns} columns, {limits.cells} cells"
        raise Refused(f"sheet {name!r} is too large", expected, f"{height} rows of {width} cells")


# Types as calamine gives them.
KINDS: dict[type, int] = {
    str: TEXT, float: NUMBER, int: NUMBER, bool: BOOL, datetime: DATETIME, date: DATE, time: TIME, timedelta: DURATION,
    ErrorWord: ERROR,
}  # fmt: skip


def typed(values: list[Any]) -> tuple[list[int], list[float | None], list[str | None]]:
    """Kind, number and text of each value."""
    kinds = [KINDS[type(value)] for value in values]
    numbers: list[float | None] = [value if kind == NUMBER else None for kind, value in zip(kinds, values, strict=True)]
    texts: list[str | None] = [value if kind == TEXT else None for kind, value in zip(kinds, values, strict=True)]
    for at, kind in enumerate(kinds):
        if kind == BOOL:
            numbers[at] = float(values[at])
        elif kind == DURATION:
            numbers[at] = values[at].total_seconds()
        elif kind > NUMBER:
            texts[at] = str(values[at]) if kind == ERROR else values[at].isoformat()
    return kinds, numbers, texts
