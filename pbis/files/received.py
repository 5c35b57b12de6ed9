"""The child's Arrow stream -> sheets of values; nothing in it is trusted, since the child may have been taken over by its input."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from pbis.files.book import CellError, CellSheet, Value
from pbis.files.limits import Limits
from pbis.files.payload import BOOL, DATE, DATETIME, DURATION, ERROR, NUMBER, TEXT, TIME, schema

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
    """Put the cells of a batch where they belong: a run of neighbours in one row at once, others one by one."""
    if not batch.num_rows:
        return
    sheet, row, column = (batch.column(name).to_numpy() for name in ("sheet", "row", "column"))
    is_inside = (row >= 0) & (row < limits.rows) & (column >= 0) & (column < limits.columns) & (sheet >= 0)
    if not is_inside.all():
        raise ValueError("a cell beyond the sheet")
    rest = (batch.column(name).to_pylist() for name in ("kind", "number", "text"))
    values = [
        texts.setdefault(text, text) if kind == TEXT else number if kind == NUMBER else _READ[kind](number, text)
        for kind, number, text in zip(*rest, strict=True)
    ]
    is_next = (np.diff(sheet) == 0) & (np.diff(row) == 0) & (np.diff(column) == 1)
    starts = [0, *(np.flatnonzero(~is_next) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(values)], strict=True):
        line, at = _line(sheets[sheet[start]], row[start]), int(column[start])
        if len(line) <= at:
            line.extend([None] * (at - len(line)))
            line.extend(values[start:end])
        else:
            line.extend([None] * (at + end - start - len(line)))
            line[at : at + end - start] = values[start:end]


def _line(grid: list[list[Value]], row: int) -> list[Value]:
    while len(grid) <= row:
        grid.append([])
    return grid[row]
