"""The reading frame: every per-well block side by side, one row a well x analyte of the Median block, columnar throughout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import READING
from pbis.core.plates.doubtful import CELL
from pbis.files.number import Cells, Marks, Numbers, parse
from pbis.readers.kit.doubts import DILUTION, DoubtLog
from pbis.readers.kit.keyed import report_unreadable
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.wells import WellBlock

READINGS = {"mfi": "a median", "bead_count": "a whole count of beads"}  # what is reported rests on these

# Columns that come from blocks of their own; which of them an export has is the choice of who exported it.
OF_BLOCKS = (
    "bead_count", "net_mfi_reported", "result_reported", "result_reported_op", "result_reported_text", "range_text",
    "recovery_reported_pct", "comment", "mean", "cv_pct", "peak", "std_dev", "trimmed_count", "trimmed_mean", "trimmed_cv_pct",
    "trimmed_peak", "trimmed_std_dev", "dilution_factor_reported", "total_events", "acquisition_seconds",
)  # fmt: skip


def reading_frame(
    run_id: str,
    median: WellBlock,
    others: Mapping[str, WellBlock],
    singles: Mapping[str, WellBlock],
    regions: Sequence[str | None],
    marks: Marks,
    notes: Notes,
    doubts: DoubtLog,
) -> pa.Table:
    """others: block by column of the frame, per analyte; singles: one value a well (dilution factor, seconds).

    A median or count that is no number is left empty, and a doubt about its well.
    """
    width = len(median.analytes)
    columns: dict[str, pa.Array] = _keys(run_id, median, regions)
    mfi, bad = parse(median.cells, marks, is_strict=False)
    _doubt("mfi", median.cells, bad, median, doubts)
    columns["mfi"] = mfi.value
    columns["mfi_text"] = _unless(mfi.is_plain, median.cells.text)
    for target, block in others.items():
        cells = block.aligned(median)
        own = (
            _counts(cells, marks, median, doubts)
            if target == "bead_count"
            else _block_columns(target, cells, marks, notes)
        )
        columns |= own
    for target, block in singles.items():
        per_well = Cells(block.cells.file, block.cells.block, *_single(block, median), block.analytes[:1])
        columns[target] = _per_well(_of_wells(target, per_well, marks, notes).value, width)
    if median.totals is not None:
        columns["total_events"] = _per_well(_totals(median, marks), width)
    return READING.table(columns, absent=[name for name in OF_BLOCKS if name not in columns])


def _unless(is_plain: pa.Array, text: pa.Array) -> pa.Array:
    """The texts of the cells that are no plain numbers; mostly there are none."""
    if is_plain.true_count == len(is_plain):
        return pa.nulls(len(text), pa.string())
    return pc.if_else(is_plain, None, text)


def _keys(run_id: str, median: WellBlock, regions: Sequence[str | None]) -> dict[str, pa.Array]:
    width, height = len(median.analytes), len(median.wells)
    of_wells = {
        "plate_number": pa.array([well.plate for well in median.wells], pa.int64()),
        "well": pa.array([well.name for well in median.wells], pa.string()),
        "location": pa.array(median.locations, pa.string()),
        "source_line": pa.array(median.block.lines, pa.int64()),
        "sample_label": pa.array([label or None for label in median.labels], pa.string()),
    }
    of_analytes = {
        "analyte_reported": pa.array(median.analytes, pa.string()),
        "bead_region": pa.array(regions, pa.string()),
    }
    keys = {"run_id": pa.repeat(run_id, width * height)}
    for values, rows in (
        (of_wells, np.repeat(np.arange(height), width)),
        (of_analytes, np.tile(np.arange(width), height)),
    ):
        keys |= {name: array.take(pa.array(rows)) for name, array in values.items()}
    return keys


def _block_columns(target: str, cells: Cells, marks: Marks, notes: Notes) -> dict[str, pa.Array]:
    if target in ("range_text", "comment"):
        return {target: _text(cells)}
    numbers, bad = parse(cells, marks, allow_bounds=target == "result_reported", is_strict=False)
    report_unreadable(cells, bad, notes)
    if target == "result_reported":
        return {target: numbers.value, "result_reported_op": numbers.op, "result_reported_text": _text(cells)}
    return {target: numbers.value}


def _of_wells(target: str, cells: Cells, marks: Marks, notes: Notes) -> Numbers:
    """A dilution that is no number is a doubt about its well (kit.doubts); other values are said and left empty."""
    numbers, bad = parse(cells, marks, is_strict=False)
    if target != DILUTION:
        report_unreadable(cells, bad, notes)
    return numbers


def _counts(cells: Cells, marks: Marks, median: WellBlock, doubts: DoubtLog) -> dict[str, pa.Array]:
    numbers, bad = parse(cells, marks, is_strict=False)
    are_counts = _is_count(numbers.value)
    if not bad and are_counts.true_count == len(are_counts):
        return {"bead_count": numbers.value.cast(pa.int64())}
    broken = pc.indices_nonzero(pc.invert(are_counts)).to_pylist()
    _doubt("bead_count", cells, [*bad, *broken], median, doubts)
    return {"bead_count": pc.if_else(are_counts, numbers.value, None).cast(pa.int64())}


def _doubt(target: str, cells: Cells, bad: Sequence[int], median: WellBlock, doubts: DoubtLog) -> None:
    """A doubt about each well of which a cell is no number."""
    width = max(len(median.analytes), 1)
    for i in bad:
        found = f"{cells.text[i].as_py().strip()[:40]!r} for {median.analytes[i % width]}"
        doubts.add(median.wells[i // width], CELL, cells.line(i), cells.block, expected=READINGS[target], found=found)


def _is_count(value: pa.Array) -> pa.Array:
    """True where a value is whole and not negative, or none."""
    is_whole = pc.equal(pc.floor(value), value)
    return pc.fill_null(pc.and_(is_whole, pc.and_(pc.greater_equal(value, 0), pc.less(value, 2**53))), True)


def _totals(median: WellBlock, marks: Marks) -> pa.Array:
    """Total Events; what is no count decides nothing (kit.events) and is left out."""
    texts = pa.array(median.totals or (), pa.string())
    cells = Cells(median.cells.file, median.cells.block, texts, median.block.lines, ("Total Events",))
    numbers, _ = parse(cells, marks, is_strict=False)
    return pc.if_else(_is_count(numbers.value), numbers.value, None).cast(pa.int64())


def _single(block: WellBlock, median: WellBlock) -> tuple[pa.Array, list[int]]:
    """The block's first value column, a row a well of the Median block, and its lines."""
    width = len(block.analytes)
    rows = [block.row_of.get(well) for well in median.wells]
    take = pa.array([None if row is None else row * width for row in rows], pa.int64())
    lines = [block.block.first_line if row is None else block.block.lines[row] for row in rows]
    return block.cells.text.take(take).fill_null(""), lines


def _text(cells: Cells) -> pa.Array:
    text = cells.text if cells.written is None else cells.written
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _per_well(values: pa.Array, width: int) -> pa.Array:
    return values.take(pa.array(np.repeat(np.arange(len(values)), width)))
