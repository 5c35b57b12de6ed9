"""Flat INTELLIFLEX exports (2.x): one table, a row a well, a column a statistic of a bead region (`R25: RP1 MEDIAN`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

import pyarrow as pa

from pbis.core.frames import ANALYTE, BLOCK, EVENT, REAGENT, SUMMARY
from pbis.core.plates.plate import PlateRead, Run
from pbis.files.decimal_mark import decide_marks
from pbis.files.delimiter import first_line, sniff_delimiter
from pbis.files.moment import parse
from pbis.files.number import Marks
from pbis.files.sheet import Sheet, tokenise
from pbis.readers.intelliflex.run import RunColumns, calibration_frame, header_frame, lot_frame, run_columns
from pbis.readers.intelliflex.table import STATISTIC, FlatTable, analyte_names, read_table, whole_counts
from pbis.readers.kit.cut import require_end
from pbis.readers.kit.document import Document
from pbis.readers.kit.doubts import DoubtLog, dilution_doubts
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.reading import reading_frame
from pbis.readers.kit.well import well_named
from pbis.readers.kit.well_grid import WellGrid
from pbis.readers.kit.well_types import type_frame
from pbis.readers.kit.wells import WellBlock, infer_plate_type, place

FORMAT = "intelliflex_flat_csv"
_PER_WELL = frozenset(
    {"WELL LOCATION", "WELL TYPE", "WELL STATUS", "SAMPLE ID", "DILUTION", "TOTAL EVENTS"}
    | {"WELL ACQUISITION START", "WELL ACQUISITION END"}
)
_FINE = frozenset({"", "ok", "complete", "completed", "success"})


def claims(document: Document) -> bool:
    """True for text whose first line has a column of wells and one of a bead region's reporter, whatever else was chosen at export."""
    line = first_line(document.text.text) if document.text else ""
    cells = [cell.strip().strip('"').strip().upper() for cell in line.split(sniff_delimiter(line))]
    return "WELL LOCATION" in cells and any(STATISTIC.match(cell) for cell in cells)


def read(document: Document) -> PlateRead:
    """Read one export. Raises MalformedFile or AmbiguousValue with line, column, expected and found."""
    assert document.text is not None
    require_end(document.name, document.text.text)
    sheet = tokenise(document.text, sniff_delimiter(first_line(document.text.text)))
    notes = Notes()
    table = read_table(sheet, notes)
    run_wide = run_columns(document, table.block.header, table.rows, table.block.lines)
    notes.add_order(run_wide.order)
    names = analyte_names(table, notes)
    grid = _grid(table, names, notes)
    blocks = _blocks(table, grid, notes)
    singles = {target: grid.single(name, texts) for target, name, texts in _singles(table, run_wide)}
    marks = decide_marks([block.cells for block in (*blocks.values(), *singles.values())], sheet.delimiter)
    run = _run(document, sheet, run_wide, grid, marks)
    regions = [region for region, _ in table.statistics]
    dilution, doubts = dilution_doubts(run.run_id, blocks["mfi"], singles, marks), DoubtLog()
    reading = reading_frame(run.run_id, blocks.pop("mfi"), blocks, singles, regions, marks, notes, doubts)
    doubts.say(notes)
    return PlateRead(
        run=run,
        header=header_frame(run.run_id, run_wide, _PER_WELL),
        reading=reading,
        analyte=_analytes(run.run_id, names, regions),
        reagent=REAGENT.empty(),
        lot=lot_frame(run.run_id, run_wide, notes),
        calibration=calibration_frame(run.run_id, run_wide, notes),
        summary=SUMMARY.empty(),
        event=_events(run.run_id, table, grid),
        block=_account(run.run_id, table, notes),
        warning=notes.table(run.run_id),
        well_type=type_frame(run.run_id, grid.wells, table.cells("WELL TYPE")),
        doubt=doubts.table(run.run_id, dilution),
    )


def _grid(table: FlatTable, names: tuple[str, ...], notes: Notes) -> WellGrid:
    locations, plates = table.cells("WELL LOCATION"), table.cells("PLATE NAME")
    number_of = {plate: i + 1 for i, plate in enumerate(dict.fromkeys(plates))}
    named = [well_named(where, number_of[plate]) for plate, where in zip(plates, locations, strict=True)]
    wells = place(table.block, named, locations, _plate_type(table))
    if len(number_of) > 1:
        notes.add("several_plates", f"the table holds plates {', '.join(number_of)}; they are numbered in this order")
    return WellGrid(
        table.block.file, wells, tuple(locations), tuple(table.cells("SAMPLE ID")), table.block.lines, names
    )


def _blocks(table: FlatTable, grid: WellGrid, notes: Notes) -> dict[str, WellBlock]:
    targets = list(dict.fromkeys(t for found in table.statistics.values() for t in found))
    blocks = {}
    for target in targets:
        if target in ("name", "region") or target.startswith("ignored "):
            continue
        columns = [found.get(target) for found in table.statistics.values()]
        texts = ["" if at is None else row[at] for row in table.rows for at in columns]
        if target == "bead_count":
            texts = whole_counts(texts, table, notes)
        blocks[target] = grid.statistic(target, texts, totals=table.cells("TOTAL EVENTS") if target == "mfi" else None)
    return blocks


def _singles(table: FlatTable, columns: RunColumns) -> Iterator[tuple[str, str, list[str]]]:
    if "DILUTION" in table.columns:
        yield "dilution_factor_reported", "DILUTION", table.cells("DILUTION")
    if {"WELL ACQUISITION START", "WELL ACQUISITION END"} <= set(table.columns):
        pairs = zip(table.cells("WELL ACQUISITION START"), table.cells("WELL ACQUISITION END"), strict=True)
        yield "acquisition_seconds", "WELL ACQUISITION END", [_seconds(*pair, columns.order.order) for pair in pairs]


def _seconds(start: str, end: str, order: str | None) -> str:
    begins, ends = parse(start, order), parse(end, order)
    return str(int((ends - begins).total_seconds())) if begins and ends and ends >= begins else ""


def _plate_type(table: FlatTable) -> int | None:
    match = re.match(r"(96|384)\b", next(iter(table.cells("PLATE TYPE NAME")), ""))
    return int(match.group(1)) if match else None


def _run(document: Document, sheet: Sheet, columns: RunColumns, grid: WellGrid, marks: Marks) -> Run:
    plates = [plate for plate in columns.values.get("PLATE NAME", ()) if plate]
    return Run(
        run_id=hashlib.sha256(document.data).hexdigest(),
        file_name=sheet.name,
        byte_count=len(document.data),
        format=FORMAT,
        program="INTELLIFLEX",
        software_version=columns.get("SOFTWARE VERSION"),
        instrument_type=columns.get("MODEL NAME") or columns.get("INSTRUMENT TYPE"),
        instrument_serial=columns.get("SERIAL NUMBER"),
        batch=" + ".join(plates) or None,
        operator=columns.get("ACTIVE USER") or columns.get("AUTHORIZED USER"),
        protocol_name=columns.get("PROTOCOL NAME"),
        protocol_version=columns.get("PROTOCOL VERSION"),
        plate_type=infer_plate_type(grid.wells),
        plate_count=len({well.plate for well in grid.wells}),
        started_at=parse(columns.get("PLATE START") or "", columns.order.order),
        stopped_at=parse(columns.get("PLATE END") or "", columns.order.order),
        date_order=columns.order.order,
        date_evidence=columns.order.evidence,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        decimal_mark=marks.decimal,
        decimal_evidence=marks.evidence,
    )


def _analytes(run_id: str, names: Sequence[str], regions: Sequence[str]) -> pa.Table:
    return ANALYTE.table(
        {
            "run_id": [run_id] * len(names),
            "analyte_reported": list(names),
            "position": list(range(1, len(names) + 1)),
            "bead_region": list(regions),
            "source_line": [1] * len(names),
        },
        absent=(
            "unit_reported",
            "min_bead_count",
            "analysis_type",
            "coef_a",
            "coef_b",
            "coef_c",
            "coef_d",
            "coef_f",
            "r2_reported",
            "bead_region_line",
            "misplaced_in",
        ),
    )


def _events(run_id: str, table: FlatTable, grid: WellGrid) -> pa.Table:
    states = table.cells("WELL STATUS")
    said = [i for i, state in enumerate(states) if state.casefold() not in _FINE]
    return EVENT.table(
        {
            "run_id": [run_id] * len(said),
            "source_line": [table.block.lines[i] for i in said],
            "kind": ["warning"] * len(said),
            "well": [grid.wells[i].name for i in said],
            "status": [states[i] for i in said],
        },
        absent=("at_text", "message"),
    )


def _note_end(table: FlatTable, notes: Notes) -> None:
    """An export of some columns only has no signature; nor has a copy that ends early, at the end of a row."""
    well, line = table.cells("WELL LOCATION")[-1], table.block.last_line
    words = f"the export has no signature: it ends with well {well}, as one that was cut off after this row would"
    notes.add("footer_absent", words, line)


def _account(run_id: str, table: FlatTable, notes: Notes) -> pa.Table:
    """The table with the statistics it holds in vain, and the signature, which no one without its key can check."""
    block = table.block
    note = f"statistics ignored: {', '.join(table.ignored)}" if table.ignored else None
    if note:
        notes.add("column_ignored", note, block.header_line)
    rows = [("Table", block.first_line, block.last_line, len(table.rows), len(block.header), True, note)]
    if table.footer:
        held = "listed, not checked: only the maker can"
        rows.append(("Document signature", table.footer[0], table.footer[-1], len(table.footer), 1, False, held))
    else:
        _note_end(table, notes)
    names = ("name", "first_line", "last_line", "row_count", "column_count", "is_consumed", "note")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return BLOCK.table({"run_id": [run_id] * len(rows), **columns})
