"""Tables about patients in a workbook: the sheet whose header the site's column map knows, cell by cell as text.

Nothing of a workbook runs: no macro, formula or link; cells are the values that were stored, read by the floor pbis.files in a
process of its own. A cell whose formula failed is its error's word, as in a CSV.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
import pyarrow as pa

from pbis.clinical.extract import Extract, TableShape, fields_of, refuse_header
from pbis.clinical.shapes import shape_of
from pbis.clinical.table_rows import csv_line, without_empty_rows
from pbis.clinical.two_columns import columns_of
from pbis.core.errors import MalformedFile
from pbis.files.book import CellSheet, Value
from pbis.files.limits import TABLE, Limits
from pbis.files.workbook import open_cells
from pbis.labs import LabsMap
from pbis.labs.model import fold_header

HEADER_WITHIN = 30  # rows; extracts begin with a title and notes


def read_workbook(data: bytes, name: str, labs_map: LabsMap, limits: Limits = TABLE) -> Extract:
    """Laboratory results; rows without an id are set aside. Raises as `read_sheet`."""
    return read_sheet(data, name, shape_of("labs", labs_map), labs_map.decimal_mark, limits).with_ids("mrn")


def read_sheet(data: bytes, name: str, shape: TableShape, decimal_mark: str = ".", limits: Limits = TABLE) -> Extract:
    """The one sheet of the shape. Raises UnrecognisedFormat (macros, too large, a parser that died), MalformedFile (no sheet or two
    with such a header)."""
    sheets = open_cells(data, name, limits)
    found = [(number, sheet, row) for number, sheet in enumerate(sheets, 1) if (row := _header_row(sheet, shape)) >= 0]
    if len(found) != 1:
        _refuse_sheets(name, shape, [number for number, _, _ in found], sheets[0].rows if sheets else [])
    number, sheet, row = found[0]
    return _extract(data, name, shape, _Grid(sheet.rows, row, number, decimal_mark))


def grid_of(data: bytes, name: str, limits: Limits = TABLE, *, least: int = 4) -> Extract:
    """Every column of the first sheet that has a table, under its own header: the first row with at least so many texts."""
    for number, sheet in enumerate(open_cells(data, name, limits), 1):
        top = [_texts(row) for row in sheet.rows[:HEADER_WITHIN]]
        header = next((at for at, row in enumerate(top) if sum(map(bool, row)) >= least), None)
        if header is not None:
            own = {each: (fold_header(each),) for each in dict.fromkeys(filter(None, top[header]))}
            grid = _Grid(sheet.rows, header, number, ".")
            return _extract(data, name, TableShape("results", own, frozenset(own)), grid)
    raise MalformedFile("no sheet holds a table", file=name, expected="a header row")


def _texts(row: Sequence[Value]) -> list[str]:
    return [cell_text(cell) for cell in row]


def _header_row(sheet: CellSheet, shape: TableShape) -> int:
    """The first of the first rows that has a column for every field that must be there; -1 where none has."""
    needed = set(shape.headers) - shape.optional
    top = sheet.rows[:HEADER_WITHIN]
    return next((at for at, row in enumerate(top) if needed <= set(fields_of(_texts(row), shape))), -1)


def _refuse_sheets(name: str, shape: TableShape, numbers: Sequence[int], first: Sequence[Sequence[Value]]) -> None:
    if numbers:
        found = ", ".join(map(str, numbers))
        raise MalformedFile("more than one sheet holds results", file=name, expected="one", found=f"sheets {found}")
    row = next((number for number, cells in enumerate(first) if any(_texts(cells))), 0)
    refuse_header(_texts(first[row]) if first else [], name, shape, row + 1)


@dataclass(frozen=True)
class _Grid:
    """A sheet with its header's row (0-based), its number (1-based) and the mark that the site writes decimals with."""

    rows: Sequence[Sequence[Value]]
    header: int
    sheet: int
    decimal_mark: str

    @property
    def width(self) -> int:
        return max(map(len, self.rows[self.header :]))

    def csv_row(self, line: int) -> str:
        """A row of the sheet (1-based) as one of a CSV."""
        row = self.rows[line - 1]
        return csv_line([cell_text(row[at], self.decimal_mark) if at < len(row) else "" for at in range(self.width)])

    def column(self, at: int) -> pa.Array:
        below = self.rows[self.header + 1 :]
        return pa.array([cell_text(row[at], self.decimal_mark) if at < len(row) else "" for row in below], pa.string())


def _extract(data: bytes, name: str, shape: TableShape, grid: _Grid) -> Extract:
    names = _texts(grid.rows[grid.header])
    names += [""] * (grid.width - len(names))
    found = refuse_header(names, name, shape, grid.header + 1)
    texts = [grid.column(at) for at in range(len(names))]
    kept = without_empty_rows(texts, np.arange(grid.header + 2, len(grid.rows) + 1, dtype=np.int64))
    columns = columns_of(found, kept.columns, names, name, grid.header + 1)
    absent = {field: pa.repeat("", kept.count) for field in shape.optional - set(columns)}
    used = {at for positions in found.values() for at in positions}
    return Extract(
        name,
        hashlib.sha256(data).hexdigest(),
        columns | absent,
        kept.lines,
        tuple(each for at, each in enumerate(names) if at not in used and each),
        notes=(f"sheet {grid.sheet} holds the results; lines are its rows",) if grid.sheet > 1 else (),
        head=csv_line(names),
        raw=grid.csv_row,
    )


def cell_text(value: Value, decimal_mark: str = ".") -> str:
    """A cell as a person sees it: numbers to the 15 digits that a spreadsheet has, dates in ISO form, no time where none is.

    decimal_mark: the site's, so that a stored number reads like the texts around it.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return f"{value:.0f}" if whole else f"{value:.15g}".replace(".", decimal_mark)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
