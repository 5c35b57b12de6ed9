"""Flat INTELLIFLEX exports (2.x): one table, a row a well, a column a statistic of a bead region (`R25: RP1 MEDIAN`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import ANALYTE, BLOCK, EVENT, REAGENT, SUMMARY
from pbis.core.plate import PlateRead, Run
from pbis.readers.document import Document
from pbis.readers.intelliflex_run import RunColumns, calibration_frame, header_frame, lot_frame, run_columns
from pbis.readers.moment import parse
from pbis.readers.notes import Notes
from pbis.readers.number import Marks, decide_marks
from pbis.readers.sheet import Sheet, first_line, sniff_delimiter, tokenise
from pbis.readers.spelling import fold, kind_of
from pbis.readers.well_grid import WellGrid
from pbis.readers.well_types import type_frame
from pbis.readers.xponent_block import Block, Well, fitted, is_blank, trimmed
from pbis.readers.xponent_reading import reading_frame
from pbis.readers.xponent_wells import WellBlock, infer_plate_type, place

FORMAT = "intelliflex_flat_csv"
_STATISTIC = re.compile(r"R(\d+):\s*(?:(RP\d)\s+)?(.+)")
_OWN = {"netmedian": "net_mfi_reported", "analytename": "name", "region": "region"}
_PER_WELL = frozenset(
    {"WELL LOCATION", "WELL TYPE", "WELL STATUS", "SAMPLE ID", "DILUTION", "TOTAL EVENTS"}
    | {"WELL ACQUISITION START", "WELL ACQUISITION END"}
)
_FINE = frozenset({"", "ok", "complete", "completed", "success"})


@dataclass(frozen=True)
class Table:
    """The rows of wells at full width, and where each analyte's statistics stand: analyte key -> target -> column."""

    block: Block
    rows: Sequence[Sequence[str]]
    columns: Mapping[str, int]
    statistics: Mapping[tuple[str, str], Mapping[str, int]]
    ignored: tuple[str, ...]
    footer: tuple[int, ...]

    def cells(self, name: str) -> list[str]:
        """The cells of a per-well column; empty ones where the table has none of the name."""
        at = self.columns.get(name)
        return [""] * len(self.rows) if at is None else [row[at].strip() for row in self.rows]


def claims(document: Document) -> bool:
    """True for text whose first cells are MODEL NAME and INSTRUMENT TYPE."""
    line = first_line(document.text.text) if document.text else ""
    cells = [cell.strip().strip('"').strip().upper() for cell in line.split(sniff_delimiter(line))[:2]]
    return cells == ["MODEL NAME", "INSTRUMENT TYPE"]


def read(document: Document) -> PlateRead:
    """Read one export. Raises MalformedFile or AmbiguousValue with line, column, expected and found."""
    assert document.text is not None
    sheet = tokenise(document.text, sniff_delimiter(first_line(document.text.text)))
    table, notes = _table(sheet), Notes()
    run_wide = run_columns(sheet.name, table.block.header, table.rows, table.block.lines)
    names = _names(table, notes)
    grid = _grid(table, names, notes)
    blocks = _blocks(table, grid, notes)
    singles = {target: grid.single(name, texts) for target, name, texts in _singles(table, run_wide)}
    marks = decide_marks([block.cells for block in (*blocks.values(), *singles.values())], sheet.delimiter)
    run = _run(document, sheet, run_wide, grid, marks)
    regions = [region for region, _ in table.statistics]
    return PlateRead(
        run=run,
        header=header_frame(run.run_id, run_wide, _PER_WELL),
        reading=reading_frame(run.run_id, blocks.pop("mfi"), blocks, singles, regions, marks, notes),
        analyte=_analytes(run.run_id, names, regions),
        reagent=REAGENT.empty(),
        lot=lot_frame(run.run_id, run_wide, notes),
        calibration=calibration_frame(run.run_id, run_wide, notes),
        summary=SUMMARY.empty(),
        event=_events(run.run_id, table, grid),
        block=_account(run.run_id, table, notes),
        warning=notes.table(run.run_id),
        well_type=type_frame(run.run_id, grid.wells, table.cells("WELL TYPE")),
    )


def _table(sheet: Sheet) -> Table:
    filled = [i for i, row in enumerate(sheet.rows) if not is_blank(row)]
    head, *rest = filled
    header = tuple(cell.upper() for cell in trimmed(sheet.rows[head]))
    end = next((n for n, i in enumerate(rest) if sheet.rows[i][0].startswith("--")), len(rest))
    body, footer = rest[:end], rest[end:]
    lines = tuple(sheet.lines[i] for i in body)
    rows = tuple(sheet.rows[i] for i in body)
    block = Block(
        sheet.name,
        "Table",
        sheet.lines[head],
        lines[-1] if lines else sheet.lines[head],
        sheet.lines[head],
        header,
        rows,
        lines,
    )
    columns = {name: i for i, name in enumerate(header)}
    if len(columns) < len(header):
        twice = next(name for i, name in enumerate(header) if columns[name] != i)
        raise block.refuse(
            "two columns have one name",
            line=block.header_line,
            column=twice,
            expected="a name of its own",
            found=repr(twice),
        )
    if "WELL LOCATION" not in columns or not rows:
        raise block.refuse(
            "holds no wells",
            line=block.last_line,
            expected="a column WELL LOCATION and a row a well",
            found=f"{len(rows)} rows",
        )
    statistics, ignored = _statistics(header)
    if not any("mfi" in found for found in statistics.values()):
        raise block.refuse(
            "holds no medians", line=block.header_line, expected="a column such as R25: RP1 MEDIAN", found="none"
        )
    return Table(block, fitted(block), columns, statistics, ignored, tuple(sheet.lines[i] for i in footer))


def _statistics(header: Sequence[str]) -> tuple[dict[tuple[str, str], dict[str, int]], tuple[str, ...]]:
    """(region, reporter) -> target -> column, and the statistics that no frame has a column for."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    ignored: dict[str, int] = {}
    for at, name in enumerate(header):
        match = _STATISTIC.fullmatch(name)
        if match is None:
            continue
        region, reporter, statistic = match.group(1), match.group(2) or "RP1", match.group(3)
        kind = kind_of(statistic)
        target = _OWN.get(fold(statistic)) or (kind.target if kind and kind.shape == "well" else None)
        if target is None:
            ignored[f"{reporter} {statistic}"] = ignored.get(f"{reporter} {statistic}", 0) + 1
        found.setdefault((region, reporter), {})[target or f"ignored {statistic}"] = at
    kept = {key: targets for key, targets in found.items() if "mfi" in targets}
    return kept, tuple(f"{name} ({count} columns)" for name, count in ignored.items())


def _names(table: Table, notes: Notes) -> tuple[str, ...]:
    """Analyte names: every row that names one must name the same; the second reporter's are told apart by it."""
    names: list[str] = []
    for (region, reporter), targets in table.statistics.items():
        written = _distinct(table, targets.get("name"))
        regions = _distinct(table, targets.get("region"))
        if len(written) > 1 or [name for name in regions if name != region]:
            raise table.block.refuse(
                "a bead region has two names",
                line=table.block.lines[0],
                column=f"R{region}: {reporter}",
                expected="one analyte name and one region in every row",
                found=", ".join([*written, *regions]),
            )
        if not written:
            notes.add("analyte_unnamed", f"no row names the analyte of bead region {region}", table.block.header_line)
        name = written[0] if written else f"Region {region}"
        names.append(name if reporter == "RP1" else f"{name} {reporter}")
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        raise table.block.refuse(
            "two bead regions have one name",
            line=table.block.header_line,
            column=twice,
            expected="a name of its own for every region",
            found=repr(twice),
        )
    return tuple(names)


def _distinct(table: Table, at: int | None) -> list[str]:
    cells = [] if at is None else [row[at].strip() for row in table.rows]
    return [cell for cell in dict.fromkeys(cells) if cell and cell.casefold() not in ("nan", "n/a")]


def _grid(table: Table, names: tuple[str, ...], notes: Notes) -> WellGrid:
    locations, plates = table.cells("WELL LOCATION"), table.cells("PLATE NAME")
    number_of = {plate: i + 1 for i, plate in enumerate(dict.fromkeys(plates))}
    numbered = [f"({number_of[plate]},{where})" for plate, where in zip(plates, locations, strict=True)]
    wells: tuple[Well, ...] = place(table.block, numbered, locations, _plate_type(table))
    if len(number_of) > 1:
        notes.add("several_plates", f"the table holds plates {', '.join(number_of)}; they are numbered in this order")
    return WellGrid(
        table.block.file, wells, tuple(locations), tuple(table.cells("SAMPLE ID")), table.block.lines, names
    )


def _blocks(table: Table, grid: WellGrid, notes: Notes) -> dict[str, WellBlock]:
    targets = list(dict.fromkeys(t for found in table.statistics.values() for t in found))
    blocks = {}
    for target in targets:
        if target in ("name", "region") or target.startswith("ignored "):
            continue
        columns = [found.get(target) for found in table.statistics.values()]
        texts = ["" if at is None else row[at] for row in table.rows for at in columns]
        if target == "bead_count":
            texts = _rounded(texts, table, notes)
        blocks[target] = grid.statistic(target, texts, totals=table.cells("TOTAL EVENTS") if target == "mfi" else None)
    return blocks


def _rounded(texts: Sequence[str], table: Table, notes: Notes) -> list[str]:
    """Some versions write counts with decimals; beads are whole."""
    broken = [text for text in texts if re.fullmatch(r"\d+\.\d+", text.strip())]
    if broken:
        message = f"{len(broken)} bead counts have decimals and are rounded, the first {broken[0].strip()}"
        notes.add("count_not_whole", message, table.block.lines[0])
    return [str(round(float(text))) if re.fullmatch(r"\s*\d+\.\d+\s*", text) else text for text in texts]


def _singles(table: Table, columns: RunColumns) -> Iterator[tuple[str, str, list[str]]]:
    if "DILUTION" in table.columns:
        yield "dilution_factor_reported", "DILUTION", table.cells("DILUTION")
    if {"WELL ACQUISITION START", "WELL ACQUISITION END"} <= set(table.columns):
        pairs = zip(table.cells("WELL ACQUISITION START"), table.cells("WELL ACQUISITION END"), strict=True)
        yield "acquisition_seconds", "WELL ACQUISITION END", [_seconds(*pair, columns.order.order) for pair in pairs]


def _seconds(start: str, end: str, order: str | None) -> str:
    begins, ends = parse(start, order), parse(end, order)
    return str(int((ends - begins).total_seconds())) if begins and ends and ends >= begins else ""


def _plate_type(table: Table) -> int | None:
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
    )


def _analytes(run_id: str, names: Sequence[str], regions: Sequence[str]) -> pa.Table:
    return ANALYTE.table(
        {
            "run_id": [run_id] * len(names),
            "analyte_reported": list(names),
            "position": list(range(1, len(names) + 1)),
            "bead_region": list(regions),
            "source_line": [1] * len(names),
        }
    )


def _events(run_id: str, table: Table, grid: WellGrid) -> pa.Table:
    states = table.cells("WELL STATUS")
    said = [i for i, state in enumerate(states) if state.casefold() not in _FINE]
    return EVENT.table(
        {
            "run_id": [run_id] * len(said),
            "source_line": [table.block.lines[i] for i in said],
            "kind": ["warning"] * len(said),
            "well": [grid.wells[i].name for i in said],
            "status": [states[i] for i in said],
        }
    )


def _account(run_id: str, table: Table, notes: Notes) -> pa.Table:
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
        notes.add("footer_absent", "the export has no signature at its end; it may have been cut off", block.last_line)
    names = ("name", "first_line", "last_line", "row_count", "column_count", "is_consumed", "note")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return BLOCK.table({"run_id": [run_id] * len(rows), **columns})
