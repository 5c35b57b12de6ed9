"""Per-analyte, per-reagent and per-sample blocks as the frames analyte_run, reagent and sample_summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import ANALYTE, REAGENT, SUMMARY
from pbis.files.number import Cells, Marks, Numbers, parse
from pbis.readers.kit.keyed import KeyedBlock, report_unreadable
from pbis.readers.kit.notes import Notes

_COEFFICIENTS = {f"coefficient {letter}": f"coef_{letter}" for letter in "abcdf"}


# Columns of a sample_summary that come from blocks of their own, each of which an export may lack.
_OF_BLOCKS = (
    "avg_mfi", "avg_net_mfi", "avg_result", "avg_result_op", "avg_result_text", "avg_range_text", "cv_replicates_pct",
)  # fmt: skip


def analyte_frame(
    run_id: str, analytes: Sequence[str], blocks: dict[str, KeyedBlock], marks: Marks, notes: Notes, line: int
) -> pa.Table:
    """analyte_run: one row an analyte of the Median block, with what the per-analyte blocks say of it."""
    columns: dict[str, list[object]] = {"unit_reported": _texts(blocks.get("units"), "units", analytes)}
    columns["analysis_type"] = _texts(blocks.get("analysis_types"), "analysistype", analytes)
    columns["bead_region"] = _regions(blocks, analytes)
    columns["bead_region_line"] = _region_lines(blocks, analytes)
    columns["min_bead_count"] = _numbers(blocks.get("per_bead"), "per bead", analytes, marks, notes)
    columns["r2_reported"] = _numbers(blocks.get("r2"), "value", analytes, marks, notes)
    for name, column in _COEFFICIENTS.items():
        columns[column] = _numbers(blocks.get("coefficients"), name, analytes, marks, notes)
    columns["misplaced_in"] = [None] * len(analytes)  # told by the order of all blocks
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
    columns: dict[str, list[object]] = {name: [] for name in REAGENT.names}
    for kind in ("standard", "qc_control"):
        if kind in blocks:
            for name, values in _reagent_columns(run_id, kind, blocks, numbers, frozenset(analytes)).items():
                columns[name] += values
    return REAGENT.table(columns)


def summary_frame(run_ids: pa.Array, blocks: dict[str, KeyedBlock], marks: Marks, notes: Notes) -> pa.Table:
    """sample_summary: the per-sample blocks side by side; a sample named again is told apart by its occurrence.

    run_ids: the column of the reading frame, a part of which serves here, since the text of an id is eight times a number.
    """
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
        "run_id": run_ids[: len(repeats)] if len(repeats) <= len(run_ids) else pa.repeat(run_ids[0], len(repeats)),
        "sample_label": pa.array([sample for sample, _ in line_of], pa.string()).take(pa.array(repeats)),
        "occurrence": pa.array([number for _, number in line_of], pa.int64()).take(pa.array(repeats)),
        "source_line": pa.array(line_of.values(), pa.int64()).take(pa.array(repeats)),
        "analyte_reported": pa.array(analytes, pa.string()).take(
            pa.array(np.tile(np.arange(len(analytes)), len(line_of)))
        ),
    }
    return SUMMARY.table(keys | columns, absent=[name for name in _OF_BLOCKS if name not in columns])


def _texts(block: KeyedBlock | None, row: str, analytes: Sequence[str]) -> list[object]:
    cells = block.row(row) if block else None
    if block is None or cells is None:
        return [None] * len(analytes)
    value_of = dict(zip(block.analytes, cells.text.to_pylist(), strict=True))
    return [(value_of.get(name) or "").strip() or None for name in analytes]


def _numbers(block: KeyedBlock | None, row: str, analytes: Sequence[str], marks: Marks, notes: Notes) -> list[object]:
    cells = block.row(row) if block else None
    if block is None or cells is None:
        return [None] * len(analytes)
    numbers, bad = parse(cells, marks, is_strict=False)
    report_unreadable(cells, bad, notes)
    value_of = dict(zip(block.analytes, numbers.value.to_pylist(), strict=True))
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


def _region_lines(blocks: dict[str, KeyedBlock], analytes: Sequence[str]) -> list[object]:
    """The line of the first row of bead regions that has one for the analyte."""
    lines: list[object] = [None] * len(analytes)
    for block in blocks.values():
        row = block.row("beadid")
        for at, region in enumerate(_texts(block, "beadid", analytes)):
            if row is not None and region is not None and lines[at] is None:
                lines[at] = row.lines[0]
    return lines


def _report_unknown_rows(block: KeyedBlock, notes: Notes) -> None:
    known = {"beadid", "units", "per bead", "analysistype", "value", *_COEFFICIENTS}
    for key, line in zip(block.keys, block.block.lines, strict=True):
        if key.casefold().rstrip(":") not in known:
            notes.add("row_ignored", f"row {key!r} of block {block.block.name} is of no known kind", line)


def _reagent_columns(
    run_id: str, kind: str, blocks: dict[str, KeyedBlock], numbers: dict[str, Numbers], analytes: frozenset[str]
) -> dict[str, Sequence[object]]:
    """The columns of the frame for one table of reagents, a row a reagent and analyte that has readings."""
    block = blocks[kind]
    _check_unique(block)
    width = len(block.analytes)
    columns = [at for at, name in enumerate(block.analytes) if name in analytes]
    rows = range(len(block.keys))
    pairs = [(key, block.analytes[at]) for key in block.keys for at in columns]
    kept = [row * width + at for row in rows for at in columns]
    texts, values = block.cells.text.to_pylist(), numbers[kind].value.to_pylist()
    sides = {
        side: _by_key(blocks.get(side), numbers.get(side)) if kind == "qc_control" else {}
        for side in ("range_low", "range_high")
    }
    return {
        "run_id": [run_id] * len(kept),
        "reagent_label": [key for key in block.keys for _ in columns],
        "reagent_kind": [kind] * len(kept),
        "analyte_reported": [block.analytes[at] for at in columns] * len(rows),
        "expected_concentration": [values[i] for i in kept],
        "expected_text": [texts[i].strip() or None for i in kept],
        "source_line": [line for line in map(block.cells.line, range(0, len(texts), max(width, 1))) for _ in columns],
        **{side: [found.get(pair) for pair in pairs] if found else [None] * len(kept) for side, found in sides.items()},
        "implied_concentration": [None] * len(kept),  # the check of the ladder says
    }


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
    numbers, bad = parse(cells, marks, allow_bounds=is_result, is_strict=False)
    report_unreadable(cells, bad, notes)
    if is_result:
        return {"avg_result": numbers.value, "avg_result_op": numbers.op, "avg_result_text": texts}
    return {target: numbers.value}
