"""The cells of a workbook as calamine reads them, with the error values that it leaves out; runs in the child process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from pbis.files.error_cells import Errors, error_cells
from pbis.files.limits import Limits, Refused
from pbis.files.payload import BOOL, DATE, DATETIME, DURATION, ERROR, NUMBER, TEXT, TIME

Cell = tuple[int, int, int, int, float | None, str | None]  # as payload.NAMES


def cells(data: bytes, limits: Limits) -> tuple[list[str], Iterator[Cell]]:
    """Sheet names, and every cell that holds something. Raises Refused, also while the cells are taken."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    except _UNREADABLE as error:
        raise _unreadable(error) from None
    names = list(book.sheet_names)
    if len(names) > limits.sheets:
        raise Refused("the workbook has too many sheets", f"at most {limits.sheets}", str(len(names)))
    errors = error_cells(data, names)
    return names, (cell for at in range(len(names)) for cell in _sheet(book, at, errors[at], limits))


_UNREADABLE = (CalamineError, OSError, ValueError, OverflowError, IndexError)


def _unreadable(error: Exception) -> Refused:
    return Refused("the workbook cannot be read", "an XLS or XLSX file", str(error)[:200] or "damage")


def _sheet(book: Any, at: int, errors: Errors, limits: Limits) -> Iterator[Cell]:
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
        for column, value in enumerate(values, at_left):
            word = errors.pop((row, column), None) if errors else None
            if word is not None:
                yield at, row, column, ERROR, None, word
            elif value != "":
                yield (at, row, column, *_typed(value))
    for (row, column), word in sorted(errors.items()):  # those that calamine passes over altogether
        _check_size(sheet.name, row + 1, column + 1, limits)
        yield at, row, column, ERROR, None, word


def _check_size(name: str, height: int, width: int, limits: Limits) -> None:
    if height > limits.rows or width > limits.columns or height * width > limits.cells:
        expected = f"{limits.rows} rows, {limits.columns} columns, {limits.cells} cells"
        raise Refused(f"sheet {name!r} is too large", expected, f"{height} rows of {width} cells")


def _typed(value: object) -> tuple[int, float | None, str | None]:
    """Kind, number and text of a value of calamine's."""
    if isinstance(value, str):
        return TEXT, None, value
    if isinstance(value, bool):
        return BOOL, float(value), None
    if isinstance(value, int | float):
        return NUMBER, float(value), None
    if isinstance(value, datetime):
        return DATETIME, None, value.isoformat()
    if isinstance(value, date):
        return DATE, None, value.isoformat()
    if isinstance(value, time):
        return TIME, None, value.isoformat()
    assert isinstance(value, timedelta)
    return DURATION, value.total_seconds(), None
