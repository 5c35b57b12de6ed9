"""An xPONENT export as people keep it: opened in a spreadsheet and saved as a workbook; and as Luminex 100 IS wrote it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pbis.simulate.dialect import UNTOUCHED, Dialect
from pbis.simulate.header import Row
from pbis.simulate.instrument import Derived, derive
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.render import encode_rows, export_rows
from pbis.simulate.xlsx import Cell, workbook

_NUMBER = re.compile(r"-?\d+(\.\d+)?(E[-+]?\d+)?")
_LOCATION = re.compile(r"(\d+)\(1,([A-P]\d+)\)")
_RESULTS = ("Result", "Avg Result")


def render_workbook(plate: SimulatedPlate, dialect: Dialect = UNTOUCHED, derived: Derived | None = None) -> bytes:
    """The whole export as one sheet, numbers as numbers."""
    rows = export_rows(plate, dialect, derived or derive(plate))
    return workbook([("Export", [_cells(row) for row in rows])])


def render_sheets(plate: SimulatedPlate, dialect: Dialect = UNTOUCHED, derived: Derived | None = None) -> bytes:
    """A sheet `Raw Data` with the header, then a sheet a data type with its name as a title above its table."""
    rows = export_rows(plate, dialect, derived or derive(plate))
    starts = [i for i, row in enumerate(rows) if row[:1] == ("DataType:",)]
    sheets: list[tuple[str, list[list[Cell]]]] = [("Raw Data", [_cells(row) for row in rows[: starts[0]]])]
    for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
        name = rows[start][1]
        title: list[list[Cell]] = [[name], []]
        sheets.append((name.replace("/", " ")[:31], title + [_cells(row) for row in rows[start + 1 : stop]]))
    return workbook(sheets)


def render_is(plate: SimulatedPlate, dialect: Dialect = UNTOUCHED, derived: Derived | None = None) -> bytes:
    """The export as IS 2.3: its program line, `1 (A1)`, results with their unit, no block of units."""
    rows = export_rows(plate, dialect, derived or derive(plate))
    unit = {analyte.name: analyte.unit for analyte in plate.analytes}
    return encode_rows(list(_is_rows(rows, unit)), dialect)


def _is_rows(rows: Sequence[Row], unit: dict[str, str]) -> list[Row]:
    found: list[Row] = []
    block = ""
    header: Row = ()
    for row in rows:
        if row[:1] == ("DataType:",):
            block, header = row[1], ()
        elif block and not header:
            header = row
        elif block in _RESULTS and row:
            row = tuple(f"{cell} {unit[name]}" if name in unit and _is_amount(cell) else cell for cell, name in zip(row, header, strict=False))  # fmt: skip
        if block == "Units":
            continue
        if row[:1] == ("Program",):
            row = ("Program", "Luminex 100 IS")
        elif row[:1] == ("Build",):
            row = ("Build", "2.3.182")
        match = _LOCATION.fullmatch(row[0]) if row else None
        found.append((f"{match.group(1)} ({match.group(2)})", *row[1:]) if match else row)
    return found


def _is_amount(cell: str) -> bool:
    return bool(re.fullmatch(r"[<>]?\s*-?\d.*", cell))


def _cells(row: Row) -> list[Cell]:
    """Numbers as a spreadsheet takes them; dates stay text, as they do where the sheet's locale is another."""
    return [float(cell) if _NUMBER.fullmatch(cell) else cell for cell in row]
