"""The child's Arrow stream -> sheets of values; nothing in it is trusted, since the child may have been taken over by its input."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pyarrow as pa

from pbis.files.book import CellError, CellSheet, Value
from pbis.files.limits import Limits
from pbis.files.payload import BOOL, DATE, DATETIME, DURATION, ERROR, NAMES, NUMBER, TEXT, TIME, schema

_READ: dict[int, Callable[[float, str], Value]] = {
    BOOL: lambda number, text: bool(number),
    DATETIME: lambda number, text: datetime.fromisoformat(text),
    DATE: lambda number, text: date.fromisoformat(text),
    TIME: lambda number, text: time.fromisoformat(text),
    DURATION: lambda number, text: timedelta(seconds=number),
    ERROR: lambda number, text: CellError(text),
}


def received(stream: bytes, limits: Limits) -> tuple[CellSheet, ...]:
    """Raises ValueError, LookupError, TypeError or pyarrow's errors where the stream is not what `payload` says."""
    with pa.ipc.open_stream(stream) as reader:
        names = [str(name) for name in json.loads(reader.schema.metadata[b"sheets"])]
        if not reader.schema.equals(schema(names)):
            raise ValueError("other columns")
        sheets: list[list[list[Value]]] = [[] for _ in names]
        texts: dict[str, str] = {}  # a text that stands in a million cells is held once
        for batch in reader:
            batch.validate(full=True)
            _place(batch, sheets, texts, limits)
    return tuple(CellSheet(name, rows) for name, rows in zip(names, sheets, strict=True))


def _place(batch: pa.RecordBatch, sheets: list[list[list[Value]]], texts: dict[str, str], limits: Limits) -> None:
    columns = (batch.column(name).to_pylist() for name in NAMES)
    at, line = (-1, -1), list[Value]()
    for sheet, row, column, kind, number, text in zip(*columns, strict=True):
        if not (0 <= row < limits.rows and 0 <= column < limits.columns and sheet >= 0):
            raise ValueError("a cell beyond the sheet")
        if at != (sheet, row):
            at, line = (sheet, row), _line(sheets[sheet], row)
        if column >= len(line):
            line.extend([None] * (column + 1 - len(line)))
        if kind == TEXT:
            line[column] = texts.setdefault(text, text)
        else:
            line[column] = number if kind == NUMBER else _READ[kind](number, text)


def _line(grid: list[list[Value]], row: int) -> list[Value]:
    while len(grid) <= row:
        grid.append([])
    return grid[row]
