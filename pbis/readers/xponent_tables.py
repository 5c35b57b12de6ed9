"""Blocks keyed by sample, reagent or analyte, and the small tables of the header, as declared frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import ANALYTE, CALIBRATION, EVENT, HEADER, LOT, REAGENT, SUMMARY
from pbis.readers.notes import Notes
from pbis.readers.number import Cells, Marks, Numbers, parse
from pbis.readers.xponent_block import LOCATION, TOTAL, Block, fitted, parse_well
from pbis.readers.xponent_header import Header

_KEYS = ("reagent", "sample", "analyte:", "analyte")
_COEFFICIENTS = {f"coefficient {letter}": f"coef_{letter}" for letter in "abcdf"}


@dataclass(frozen=True)
class KeyedBlock:
    """A block of key x analyte. cells: one text a row x analyte, row by row."""

    block: Block
    keys: tuple[str, ...]
    analytes: tuple[str, ...]
    cells: Cells

    def row(self, name: str) -> Cells | None:
        """The cells of one row by its key, case and the colon folded away."""
        wanted = name.casefold()
        at = next((i for i, key in enumerate(self.keys) if key.casefold().rstrip(":") == wanted), None)
        if at is None:
            return None
        width = len(self.analytes)
        return Cells(
            self.cells.file,
            self.block.name,
            self.cells.text.slice(at * width, width),
            self.block.lines[at : at + 1],
            self.analytes,
        )


def keyed_block(block: Block) -> KeyedBlock:
    """Parse a block whose rows are samples, reagents or properties. Raises MalformedFile on shifted rows."""
    key = next((at for at in map(block.column, _KEYS) if at is not None), None)
    if key is None:
        raise block.refuse(
            "has no key column",
            line=block.header_line,
            expected="Reagent, Sample or Analyte:",
            found=", ".join(block.header[:3]) or "nothing",
        )
    apart = {key, block.column(LOCATION), block.column(TOTAL), block.column("plate")}
    named = [i for i in range(len(block.header)) if i not in apart]
    analytes = tuple(block.header[i] for i in named)
    twice = next((name for name, count in Counter(analytes).items() if count > 1 or not name), None)
    if twice is not None:
        raise block.refuse(
            "two columns have one name",
            line=block.header_line,
            column=block.name,
            expected="a name of its own for every column",
            found=repr(twice),
        )
    rows = _rows(block)
    flat = [row[i] for row in rows for i in named]
    keys = tuple(row[key].strip() for row in rows)
    return KeyedBlock(
        block, keys, analytes, Cells(block.file, block.name, pa.array(flat, pa.string()), block.lines, analytes)
    )


def _rows(block: Block) -> list[list[str]]:
    """Rows at full width; a row of properties that holds its key alone means that none is known."""
    is_text = block.kind is not None and block.kind.value == "text"
    alone = tuple(
        row + [""] * (len(block.header) - len(row)) if not any(c.strip() for c in row[1:]) else row
        for row in block.rows
    )
    padded = Block(**{**block.__dict__, "rows": alone})
    return fitted(padded, is_ragged=is_text)


def analyte_frame(
    run_id: str, analytes: Sequence[str], blocks: dict[str, KeyedBlock], marks: Marks, notes: Notes, line: int
) -> pa.Table:
    """analyte_run: one row an analyte of the Median block, with what the per-analyte blocks say of it."""
    columns: dict[str, list[object]] = {"unit_reported": _texts(blocks.get("units"), "units", analytes)}
    columns["analysis_type"] = _texts(blocks.get("analysis_types"), "analysistype", analytes)
    columns["bead_region"] = _regions(blocks, analytes)
    columns["min_bead_count"] = _numbers(blocks.get("per_bead"), "per bead", analytes, marks)
    columns["r2_reported"] = _numbers(blocks.get("r2"), "value", analytes, marks)
    for name, column in _COEFFICIENTS.items():
        columns[column] = _numbers(blocks.get("coefficients"), name, analytes, marks)
    for block in blocks.values():
        _report_unknown_rows(block, notes)
    return ANALYTE.table(
        {
            "run_id": [run_id] * len(analytes),
            "analyte_reported": list(analytes),
            "position": list(range(1, len(analytes) + 1)),
            "source_line": [line] * len(analytes),
            **columns,
        }
    )


def reagent_frame(run_id: str, blocks: dict[str, KeyedBlock], marks: Marks, analytes: Sequence[str]) -> pa.Table:
    """reagent: standards and controls x analytes of the Median block, expected concentrations and control ranges."""
    numbers = {target: parse(block.cells, marks)[0] for target, block in blocks.items()}
    rows: list[dict[str, object]] = []
    for kind in ("standard", "qc_control"):
        if kind in blocks:
            rows += _reagent_rows(run_id, kind, blocks, numbers, analytes)
    return REAGENT.table({name: [row[name] for row in rows] for name in REAGENT.names})


def summary_frame(run_id: str, blocks: dict[str, KeyedBlock], marks: Marks, notes: Notes) -> pa.Table:
    """sample_summary: the per-sample blocks side by side; a sample named again is told apart by its occurrence."""
    in_order = sorted(blocks.items(), key=lambda item: item[1].block.first_line)
    row_of = {target: _occurrences(block.keys) for target, block in in_order}
    line_of: dict[tuple[str, int], int] = {}
    for target, block in in_order:
        for key, row in row_of[target].items():
            line_of.setdefault(key, block.block.lines[row])
    analytes = list(dict.fromkeys(name for _, block in in_order for name in block.analytes))
    columns: dict[str, Any] = {}
    for target, block in in_order:
        rows = [row_of[target].get(key, -1) for key in line_of]
        at = {name: i for i, name in enumerate(block.analytes)}
        cells = block.cells.rearranged(rows, [at.get(a, -1) for a in analytes], analytes, block.block.first_line)
        columns |= _summary_columns(target, cells, marks, notes)
    repeats = np.repeat(np.arange(len(line_of)), len(analytes))
    keys = {
        "run_id": pa.repeat(run_id, len(repeats)),
        "sample_label": pa.array([sample for sample, _ in line_of], pa.string()).take(pa.array(repeats)),
        "occurrence": pa.array([number for _, number in line_of], pa.int64()).take(pa.array(repeats)),
        "source_line": pa.array(line_of.values(), pa.int64()).take(pa.array(repeats)),
        "analyte_reported": pa.array(analytes * len(line_of), pa.string()),
    }
    return SUMMARY.table(keys | columns)


def event_frame(run_id: str, audit: Block | None, warnings: Block | None) -> pa.Table:
    """run_event: the audit log and the instrument's warnings, a row a line."""
    rows: list[tuple[object, ...]] = [
        (run_id, line, "audit", None, _cell(row, 0), _cell(row, 1), " | ".join(c for c in row[2:] if c) or None)
        for row, line in _block_rows(audit)
    ]
    rows += [
        (
            run_id,
            line,
            "warning",
            _event_well(_cell(row, 0)),
            _cell(row, 1),
            None,
            " | ".join(c for c in row[2:] if c) or None,
        )
        for row, line in _block_rows(warnings)
    ]
    names = ("run_id", "source_line", "kind", "well", "status", "at_text", "message")
    return EVENT.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)) if rows else {})


def header_frame(run_id: str, header: Header) -> pa.Table:
    """run_header: every non-blank line before `Results`, as written."""
    return HEADER.table(
        {
            "run_id": [run_id] * len(header.lines),
            "source_line": [h.line for h in header.lines],
            "key": [h.key for h in header.lines],
            "value": [h.value for h in header.lines],
        }
    )


def lot_frame(run_id: str, header: Header) -> pa.Table:
    """lot: calibrator, kit, standard and control lots; rows without any lot, expiry or maker are left out."""
    known = [lot for lot in header.lots if any(value for value in list(lot.cells.values())[1:])]
    return LOT.table(
        {
            "run_id": [run_id] * len(known),
            "source_line": [lot.line for lot in known],
            "lot_kind": [lot.kind for lot in known],
            "label": [lot.section for lot in known],
            "lot_name": [lot.cells.get("lotname") or None for lot in known],
            "lot_number": [lot.cells.get("lotnumber") or lot.cells.get("lot") or None for lot in known],
            "expires_on": [header.expiry(lot.cells.get("expirationdate")) for lot in known],
            "expires_text": [lot.cells.get("expirationdate") or None for lot in known],
            "manufacturer": [lot.cells.get("manufacturer") or None for lot in known],
            "machine_serial": [lot.cells.get("machineserialno") or None for lot in known],
            "result": [lot.cells.get("result") or None for lot in known],
        }
    )


def calibration_frame(run_id: str, header: Header) -> pa.Table:
    """calibration: the `Last ...` lines of the header."""
    found = header.calibration
    return CALIBRATION.table(
        {
            "run_id": [run_id] * len(found),
            "source_line": [c.line for c in found],
            "name": [c.name for c in found],
            "kind": [c.kind for c in found],
            "state": [c.state for c in found],
            "performed_at": [c.performed_at for c in found],
            "value": [c.value for c in found],
        }
    )


def _texts(block: KeyedBlock | None, row: str, analytes: Sequence[str]) -> list[object]:
    cells = block.row(row) if block else None
    if block is None or cells is None:
        return [None] * len(analytes)
    value_of = dict(zip(block.analytes, cells.text.to_pylist(), strict=True))
    return [(value_of.get(name) or "").strip() or None for name in analytes]


def _numbers(block: KeyedBlock | None, row: str, analytes: Sequence[str], marks: Marks) -> list[object]:
    cells = block.row(row) if block else None
    if block is None or cells is None:
        return [None] * len(analytes)
    value_of = dict(zip(block.analytes, parse(cells, marks)[0].value.to_pylist(), strict=True))
    return [value_of.get(name) for name in analytes]


def _regions(blocks: dict[str, KeyedBlock], analytes: Sequence[str]) -> list[object]:
    """Bead regions; every block that names them must name the same."""
    regions: list[object] = [None] * len(analytes)
    for block in blocks.values():
        for at, region in enumerate(_texts(block, "beadid", analytes)):
            if regions[at] is not None and region is not None and regions[at] != region:
                raise block.block.refuse(
                    "an analyte has two bead regions",
                    line=block.block.header_line,
                    column=analytes[at],
                    expected=f"region {regions[at]}",
                    found=str(region),
                )
            regions[at] = regions[at] or region
    return regions


def _report_unknown_rows(block: KeyedBlock, notes: Notes) -> None:
    known = {"beadid", "units", "per bead", "analysistype", "value", *_COEFFICIENTS}
    for key, line in zip(block.keys, block.block.lines, strict=True):
        if key.casefold().rstrip(":") not in known:
            notes.add("row_ignored", f"row {key!r} of block {block.block.name} is of no known kind", line)


def _reagent_rows(
    run_id: str, kind: str, blocks: dict[str, KeyedBlock], numbers: dict[str, Numbers], analytes: Sequence[str]
) -> list[dict[str, object]]:
    block = blocks[kind]
    _check_unique(block)
    texts, values = block.cells.text.to_pylist(), numbers[kind].value.to_pylist()
    ranges = {side: _by_key(blocks.get(side), numbers.get(side)) for side in ("range_low", "range_high")}
    rows: list[dict[str, object]] = []
    for index, (label, name) in enumerate((k, a) for k in block.keys for a in block.analytes):
        if name not in analytes:
            continue
        rows.append(
            {
                "run_id": run_id,
                "reagent_label": label,
                "reagent_kind": kind,
                "analyte_reported": name,
                "expected_concentration": values[index],
                "expected_text": texts[index].strip() or None,
                "range_low": ranges["range_low"].get((label, name)) if kind == "qc_control" else None,
                "range_high": ranges["range_high"].get((label, name)) if kind == "qc_control" else None,
                "source_line": block.cells.line(index),
            }
        )
    return rows


def _check_unique(block: KeyedBlock) -> None:
    twice = next((i for i, key in enumerate(block.keys) if key in block.keys[:i]), None)
    if twice is not None:
        raise block.block.refuse(
            "a reagent is named twice",
            line=block.block.lines[twice],
            column="Reagent",
            expected="every reagent once",
            found=repr(block.keys[twice]),
        )


def _by_key(block: KeyedBlock | None, numbers: Numbers | None) -> dict[tuple[str, str], float]:
    if block is None or numbers is None:
        return {}
    keys = [(key, name) for key in block.keys for name in block.analytes]
    return dict(zip(keys, numbers.value.to_pylist(), strict=True))


def _occurrences(keys: Sequence[str]) -> dict[tuple[str, int], int]:
    """(key, how many times it has stood so far) -> row."""
    seen: Counter[str] = Counter()
    found = {}
    for row, key in enumerate(keys):
        seen[key] += 1
        found[key, seen[key]] = row
    return found


def _summary_columns(target: str, cells: Cells, marks: Marks, notes: Notes) -> dict[str, pa.Array]:
    text = pc.utf8_trim_whitespace(cells.text)
    texts = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
    if target == "avg_range_text":
        return {target: texts}
    is_result = target == "avg_result"
    numbers, bad = parse(cells, marks, allow_bounds=is_result, is_strict=is_result)
    report_unreadable(cells, bad, notes)
    if is_result:
        return {"avg_result": numbers.value, "avg_result_op": numbers.op, "avg_result_text": texts}
    return {target: numbers.value}


def report_unreadable(cells: Cells, bad: Sequence[int], notes: Notes) -> None:
    """Say once a block how many of its cells are no numbers, and quote the first."""
    if bad:
        first = bad[0]
        notes.add(
            "unreadable_value",
            f"{len(bad)} cells of block {cells.block} are no numbers and are left empty, "
            f"the first in column {cells.column(first)}: {cells.text[first].as_py()!r}",
            cells.line(first),
        )


def _block_rows(block: Block | None) -> list[tuple[list[str], int]]:
    return [] if block is None else list(zip(block.rows, block.lines, strict=True))


def _cell(row: Sequence[str], at: int) -> str | None:
    return (row[at].strip() or None) if at < len(row) else None


def _event_well(location: str | None) -> str | None:
    well = parse_well(f"({location})") if location else None
    return well.name if well else None
