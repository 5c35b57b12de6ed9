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
    """Put the cells of a batch where they belong: neighbours of one row at once, those of a row met before one by one."""
    if not batch.num_rows:
        return
    sheet, row, column = (batch.column(name).to_numpy() for name in ("sheet", "row", "column"))
    is_inside = (row >= 0) & (row < limits.rows) & (column >= 0) & (column < limits.columns) & (sheet >= 0)
    if not is_inside.all():
        raise ValueError("a cell beyond the sheet")
    is_new = (np.diff(sheet) != 0) | (np.diff(row) != 0) | (np.diff(column) <= 0)
    starts = np.flatnonzero(np.r_[True, is_new])
    ends = np.r_[starts[1:], len(row)]
    widths = column[ends - 1].astype(np.int64) + 1
    stops = np.cumsum(widths)
    if stops[-1] > limits.cells:
        raise ValueError("more cells than a sheet may have")
    flat = np.full(stops[-1], None, dtype=object)
    flat[np.repeat(stops - widths, ends - starts) + column] = _values(batch, texts)
    runs = zip(sheet[starts].tolist(), row[starts].tolist(), (stops - widths).tolist(), stops.tolist(), strict=True)
    for at_sheet, at_row, start, stop in runs:
        _lay(sheets[at_sheet], at_row, flat[start:stop].tolist())


def _values(batch: pa.RecordBatch, texts: dict[str, str]) -> np.ndarray:
    """Objects, one a cell: the kinds of which most are made of at once."""
    kind, number = batch.column("kind").to_numpy(), batch.column("number").to_numpy(zero_copy_only=False)
    text = batch.column("text").dictionary_encode()
    words = [texts.setdefault(word, word) for word in text.dictionary.to_pylist()]
    held = np.array([*words, None], dtype=object)[text.indices.fill_null(len(words)).to_numpy()]
    values: np.ndarray = held.copy()
    is_number = kind == NUMBER
    values[is_number] = number[is_number]
    for at in np.flatnonzero((kind != TEXT) & ~is_number).tolist():
        values[at] = _READ[int(kind[at])](float(number[at]), held[at])
    return values


def _lay(grid: list[list[Value]], row: int, cells: list[Value]) -> None:
    """Lay cells over a row from its first column on; None leaves what is there."""
    while len(grid) <= row:
        grid.append([])
    line = grid[row]
    if not line:
        grid[row] = cells
        return
    line.extend([None] * (len(cells) - len(line)))
    for at, value in enumerate(cells):
        if value is not None:
            line[at] = value
