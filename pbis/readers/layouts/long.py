"""Layouts with one row a well under a header."""

from __future__ import annotations

from collections.abc import Iterator

from pbis.readers.layouts.cells import (
    COLUMNS,
    LayoutRow,
    LayoutSheet,
    barcode,
    column_of,
    name,
    role_and_label,
    well_name,
)

_REQUIRED = ("well", "role")


def is_long(sheet: LayoutSheet) -> bool:
    """True where the first row with cells is a header with well and role."""
    first = next((row for row in sheet.rows if any(cell.strip() for cell in row)), ())
    return {column_of(cell) for cell in first} >= set(_REQUIRED)


def long_rows(sheet: LayoutSheet) -> Iterator[LayoutRow]:
    """The wells. Raises MalformedFile at the first row or header cell that says nothing known; a row with a well's name (and its
    plate's) alone is a hole."""
    filled = [i for i, row in enumerate(sheet.rows) if any(cell.strip() for cell in row)]
    if not filled:
        return
    at = _header(sheet, filled[0])
    for i in filled[1:]:
        if not _is_hole(sheet, i, at):
            yield _row(sheet, i, at)


def _is_hole(sheet: LayoutSheet, index: int, at: dict[str, int]) -> bool:
    """A row that names a well and says nothing of it."""
    place = {at.get(column) for column in ("well", "plate", "plate_number")}
    says = any(cell.strip() for i, cell in enumerate(sheet.rows[index]) if i not in place)
    return not says and bool(well_name(sheet, sheet.lines[index], sheet.cell(index, at["well"])))


def _header(sheet: LayoutSheet, index: int) -> dict[str, int]:
    cells, line = sheet.rows[index], sheet.lines[index]
    named = [(position, cell.strip(), column_of(cell)) for position, cell in enumerate(cells) if cell.strip()]
    missing = next((column for column in _REQUIRED if column not in [c for _, _, c in named]), None)
    if missing:
        raise sheet.refuse(line, missing, "a header with well and role", ", ".join(cell for _, cell, _ in named))
    at: dict[str, int] = {}
    for position, cell, column in named:
        if column is None:
            raise sheet.refuse(line, cell, f"columns {', '.join(COLUMNS)}", f"an unknown column {cell!r}")
        if column in at:
            raise sheet.refuse(line, column, "one column", f"2: {cells[at[column]]}, {cell}")
        at[column] = position
    return at


def _row(sheet: LayoutSheet, index: int, at: dict[str, int]) -> LayoutRow:
    line = sheet.lines[index]
    cells = {column: sheet.cell(index, i) for column, i in at.items()}
    beyond = next((c for i, c in enumerate(sheet.rows[index]) if c.strip() and i not in at.values()), None)
    if beyond is not None:
        raise sheet.refuse(line, "", "cells under the header only", repr(beyond))
    well = well_name(sheet, line, cells["well"])
    role, label = role_and_label(cells["role"])
    if role is None:
        raise sheet.refuse(line, "role", "standard, qc_control, background or unknown", repr(cells["role"]))
    if "plate" in at and not cells["plate"]:
        raise sheet.refuse(line, "plate", "the plate's batch name", "nothing")
    number = cells.get("plate_number") or "1"
    if not number.isdecimal() or not 1 <= int(number) <= 1000:
        raise sheet.refuse(line, "plate_number", "1, 2, ...", repr(number))
    return LayoutRow(
        source_line=line,
        plate=name(sheet, line, "plate", cells.get("plate", "")),
        plate_number=int(number),
        well=well,
        well_role=role,
        specimen_id=barcode(sheet, line, cells.get("specimen", "")),
        reagent_label=name(sheet, line, "label", cells.get("label", "")) or label,
        dilution_text=cells.get("dilution", ""),
    )
