"""A kit's lot sheet -> the frame lot_sheet: what its standards and controls hold, for plates run with analysis off.

Three shapes, as delimited text or a workbook: a row a reagent and analyte (Reagent, Analyte, Expected, Low, High, Unit); a row
an analyte, a column a reagent (Analyte, Unit, Standard1, ..., Control1 Low, Control1 High); a row a reagent, a column an
analyte. Lines above the header give kit, lot, expiry, unit, and the plates (batches) that the sheet is for. Reagents may have the
plate's own names (pbis.readers.lot_sheets.labels).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pbis.core.frames.plate import LOT_SHEET
from pbis.files import source
from pbis.files.decimal_mark import decide_marks
from pbis.files.delimiter import text_delimiter
from pbis.files.moment import day
from pbis.files.number import Cells, parse
from pbis.files.sheet import decode, tokenise
from pbis.files.workbook import is_workbook, open_book
from pbis.readers.layouts.cells import fold
from pbis.readers.lot_sheets.cells import (
    ANALYTE_HEADS,
    FACTS,
    LABEL_HEADS,
    REGION_HEADS,
    UNIT_HEADS,
    VALUE_HEADS,
    LotEntry,
    Row,
    entries,
    refuse,
    row_of,
)
from pbis.readers.lot_sheets.labels import KIND_HEADS, NamedReagent, kinds_of, reagent_and_target

PLATE_MARK = " | "


@dataclass
class _Found:
    """What has been read so far: facts of the lot, numbers, and the unit of each analyte."""

    facts: dict[str, str]
    numbers: list[LotEntry]
    units: dict[str, str]


def read_lot_sheet(path: Path, *, name: str | None = None) -> pa.Table:
    """The LOT_SHEET frame of a file. Raises UnstableFile, UnrecognisedFormat, MalformedFile or AmbiguousValue."""
    loaded = source.load(path, name=name)
    return lot_sheet_from_bytes(loaded.data, loaded.name)


def lot_sheet_from_bytes(data: bytes, name: str) -> pa.Table:
    """The LOT_SHEET frame of a file in memory."""
    rows, delimiter = _rows(data, name)
    found = _Found({}, [], {})
    head = next((i for i, row in enumerate(rows) if fold(row.cell(0)) in (*ANALYTE_HEADS, *LABEL_HEADS)), None)
    if head is None:
        line = rows[0].line if rows else 1
        raise refuse(
            name, line, "", "a header that begins with Reagent or Analyte", rows[0].cell(0) if rows else "nothing"
        )
    for row in rows[:head]:
        _fact(name, row, found)
    _table(name, rows[head], rows[head + 1 :], found)
    if not found.numbers:
        raise refuse(name, rows[head].line, "", "concentrations of standards or controls", "none")
    return _frame(name, data, delimiter, found)


def _rows(data: bytes, name: str) -> tuple[list[Row], str]:
    """The filled rows of the text, or of the workbook's first sheet that has any."""
    if is_workbook(data):
        sheets = [sheet.rows for sheet in open_book(data, name).sheets]
        rows = next((sheet for sheet in sheets if any(any(row) for row in sheet)), [])
        return [row_of(row, i) for i, row in enumerate(rows, 1) if any(cell.strip() for cell in row)], ","
    text = decode(name, data)
    delimiter = text_delimiter(text.text)
    sheet = tokenise(text, delimiter)
    filled = zip(sheet.rows, sheet.lines, strict=True)
    return [row_of(row, line) for row, line in filled if any(cell.strip() for cell in row)], delimiter


def _fact(file: str, row: Row, found: _Found) -> None:
    key = next((name for name, spellings in FACTS.items() if fold(row.cell(0).rstrip(":")) in spellings), None)
    values = [cell for cell in row.cells[1:] if cell]
    if key is None and not values:
        found.facts.setdefault("title", row.cell(0))
    elif key is None or (len(values) > 1 and key != "plates"):
        expected = "kit, lot, expiry, unit or plate with its value, above the header"
        raise refuse(file, row.line, "", expected, " ".join(row.cells).strip())
    elif key == "plates":
        found.facts[key] = PLATE_MARK.join([*filter(None, [found.facts.get(key)]), *values])
    elif values and found.facts.setdefault(key, values[0]) != values[0]:
        raise refuse(file, row.line, row.cell(0), f"one value, as above: {found.facts[key]}", values[0])


def _table(file: str, head: Row, rows: Sequence[Row], found: _Found) -> None:
    folded = [fold(cell) for cell in head.cells]
    label = next((i for i, cell in enumerate(folded) if cell in LABEL_HEADS), None)
    analyte = next((i for i, cell in enumerate(folded) if cell in ANALYTE_HEADS), None)
    _check_head(file, head)
    for row in rows:
        beyond = next((cell for cell in row.cells[len(head.cells) :] if cell), None)
        if beyond is not None:
            raise refuse(file, row.line, "", "cells under the header only", repr(beyond))
    if label is not None and analyte is not None:
        _long(file, head, rows, (label, analyte), found)
    elif analyte is not None:
        _by_analyte(file, head, rows, found)
    else:
        _by_reagent(file, head, rows, found)


def _check_head(file: str, head: Row) -> None:
    twice = next(
        (c for i, c in enumerate(head.cells) if c and c.casefold() in [d.casefold() for d in head.cells[:i]]), None
    )
    if twice is not None:
        raise refuse(file, head.line, twice, "every column once", repr(twice))


def _long(file: str, head: Row, rows: Sequence[Row], at: tuple[int, int], found: _Found) -> None:
    label, analyte = at
    targets = {}
    for i, cell in enumerate(head.cells):
        target = next((name for name, spellings in VALUE_HEADS.items() if fold(cell) in spellings), None)
        if target is not None:
            targets[i] = target
        elif cell and i not in at and fold(cell) not in (*UNIT_HEADS, *REGION_HEADS, *KIND_HEADS):
            raise refuse(file, head.line, cell, "Reagent, Type, Analyte, Expected, Low, High, Range, Unit", repr(cell))
    unit = next((i for i, cell in enumerate(head.cells) if fold(cell) in UNIT_HEADS), None)
    told = next((i for i, cell in enumerate(head.cells) if fold(cell) in KIND_HEADS), None)
    named = [
        NamedReagent(row.line, row.cell(label), target, bool(row.cell(i)), "" if told is None else row.cell(told))
        for row in rows
        for i, target in targets.items()
    ]
    kinds = kinds_of(file, named)
    for row in rows:
        if unit is not None:
            _set_unit(file, row.line, row.cell(analyte), row.cell(unit), found)
        for i, target in targets.items():
            found.numbers += entries(file, row, row.cell(label), kinds, _named(file, row, analyte), target, row.cell(i))


def _by_analyte(file: str, head: Row, rows: Sequence[Row], found: _Found) -> None:
    aside = (*UNIT_HEADS, *REGION_HEADS)
    heads = {i: cell for i, cell in enumerate(head.cells) if i and cell}
    units = [i for i, cell in heads.items() if fold(cell) in UNIT_HEADS]
    named = {i: reagent_and_target(cell) for i, cell in heads.items() if fold(cell) not in aside}
    nameless = next((heads[i] for i, what in named.items() if what is None), None)
    if nameless is not None:
        expected = "Unit, Standard1, ..., Control1 Low, Control1 High"
        raise refuse(file, head.line, nameless, expected, repr(nameless))
    known = {i: what for i, what in named.items() if what is not None}
    types = [row for row in rows if fold(row.cell(0)) in KIND_HEADS]
    told = {i: next((row.cell(i) for row in types if row.cell(i)), "") for i in known}
    kinds = kinds_of(file, [NamedReagent(head.line, *what, told=told[i]) for i, what in known.items()])
    for row in rows:
        if row in types:
            continue
        analyte = _named(file, row, 0)
        for i, (label, target) in known.items():
            found.numbers += entries(file, row, label, kinds, analyte, target, row.cell(i))
        for i in units:
            _set_unit(file, row.line, analyte, row.cell(i), found)


def _by_reagent(file: str, head: Row, rows: Sequence[Row], found: _Found) -> None:
    told = next((i for i, cell in enumerate(head.cells) if i and fold(cell) in KIND_HEADS), None)
    columns = {i: cell for i, cell in enumerate(head.cells) if i and cell and i != told}
    known: list[tuple[Row, str, str]] = []
    for row in rows:
        if fold(row.cell(0)) in UNIT_HEADS:
            for i, analyte in columns.items():
                _set_unit(file, row.line, analyte, row.cell(i), found)
        elif fold(row.cell(0)) not in REGION_HEADS:
            what = reagent_and_target(row.cell(0))
            if what is None:
                expected = "Standard1, Control1, Control1 Low, Control1 High or Unit"
                raise refuse(file, row.line, "", expected, repr(row.cell(0)))
            known.append((row, *what))
    named = [
        NamedReagent(row.line, label, target, told="" if told is None else row.cell(told))
        for row, label, target in known
    ]
    kinds = kinds_of(file, named)
    for row, label, target in known:
        for i, analyte in columns.items():
            found.numbers += entries(file, row, label, kinds, analyte, target, row.cell(i))


def _named(file: str, row: Row, at: int) -> str:
    if not row.cell(at):
        raise refuse(file, row.line, "Analyte", "an analyte", "nothing")
    return row.cell(at)


def _set_unit(file: str, line: int, analyte: str, unit: str, found: _Found) -> None:
    known = found.units.setdefault(analyte, unit) if unit else unit
    if unit and known != unit:
        raise refuse(file, line, analyte, f"one unit, {known}", repr(unit))


def _frame(file: str, data: bytes, delimiter: str, found: _Found) -> pa.Table:
    cells = [
        Cells(file, entry.label, pa.array([entry.text]), (entry.line,), (repr(entry.analyte),))
        for entry in found.numbers
    ]
    marks = decide_marks([_together(file, found.numbers)], delimiter)
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for entry, cell in zip(found.numbers, cells, strict=True):
        row = rows.setdefault((entry.label, entry.analyte), _row(data, entry, found))
        column = {"expected": "expected_concentration", "low": "range_low", "high": "range_high"}[entry.target]
        if row[column] is not None:
            raise refuse(file, entry.line, entry.analyte, f"{entry.target} of {entry.label} once", entry.text)
        row[column] = parse(cell, marks)[0].value[0].as_py()
        if entry.target == "expected":
            row["expected_text"] = entry.text
    _check_ranges(file, rows)
    return LOT_SHEET.table({name: [row[name] for row in rows.values()] for name in LOT_SHEET.names})


def _together(file: str, numbers: Sequence[LotEntry]) -> Cells:
    return Cells(file, "lot sheet", pa.array([e.text for e in numbers]), [e.line for e in numbers], ("value",))


def _row(data: bytes, entry: LotEntry, found: _Found) -> dict[str, object]:
    expires = found.facts.get("expires_text")
    row: dict[str, object] = dict.fromkeys(LOT_SHEET.names)
    return row | {
        "file_id": hashlib.sha256(data).hexdigest(),
        "source_line": entry.line,
        "reagent_label": entry.label,
        "reagent_kind": entry.kind,
        "analyte_reported": entry.analyte,
        "unit_reported": found.units.get(entry.analyte) or found.facts.get("unit"),
        "kit_name": found.facts.get("kit_name") or found.facts.get("title"),
        "plates": found.facts.get("plates") or None,
        "lot_number": found.facts.get("lot_number"),
        "expires_text": expires,
        "expires_on": day(expires, None) if expires else None,
    }


def _check_ranges(file: str, rows: dict[tuple[str, str], dict[str, object]]) -> None:
    for row in rows.values():
        low, high = row["range_low"], row["range_high"]
        if isinstance(low, float) and isinstance(high, float) and low > high:
            raise refuse(
                file,
                int(str(row["source_line"])),
                str(row["analyte_reported"]),
                f"a range up from {low:g}",
                f"{high:g}",
            )
