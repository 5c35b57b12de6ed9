"""The reading frame: every per-well block side by side, one row a well x analyte of the Median block, columnar throughout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import MalformedFile
from pbis.core.frames import READING
from pbis.files.number import Cells, Marks, Numbers, parse
from pbis.readers.kit.keyed import report_unreadable
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.wells import WellBlock

STRICT = frozenset({"mfi", "net_mfi_reported", "bead_count", "result_reported", "dilution_factor_reported"})

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
) -> pa.Table:
    """others: block by column of the frame, per analyte; singles: one value a well (dilution factor, seconds)."""
    width = len(median.analytes)
    columns: dict[str, pa.Array] = _keys(run_id, median, regions)
    mfi = _numbers("mfi", median.cells, marks, notes)
    columns["mfi"] = mfi.value
    columns["mfi_text"] = _unless(mfi.is_plain, median.cells.text)
    for target, block in others.items():
        columns |= _block_columns(target, block.aligned(median), marks, notes)
    for target, block in singles.items():
        per_well = Cells(block.cells.file, block.cells.block, *_single(block, median), block.analytes[:1])
        columns[target] = _per_well(_numbers(target, per_well, marks, notes).value, width)
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
    wells = pa.table(
        {
            "plate_number": pa.array([well.plate for well in median.wells], pa.int64()),
            "well": pa.array([well.name for well in median.wells], pa.string()),
            "location": pa.array(median.locations, pa.string()),
            "source_line": pa.array(median.block.lines, pa.int64()),
            "sample_label": pa.array([label or None for label in median.labels], pa.string()),
        }
    )
    analytes = pa.table({"analyte_reported": pa.array(median.analytes), "bead_region": pa.array(regions, pa.string())})
    keys = {"run_id": pa.repeat(run_id, width * height)}
    for table, rows in ((wells, np.repeat(np.arange(height), width)), (analytes, np.tile(np.arange(width), height))):
        keys |= dict(zip(table.column_names, table.take(pa.array(rows)).columns, strict=True))
    return keys


def _block_columns(target: str, cells: Cells, marks: Marks, notes: Notes) -> dict[str, pa.Array]:
    if target in ("range_text", "comment"):
        return {target: _text(cells)}
    numbers = _numbers(target, cells, marks, notes)
    if target == "bead_count":
        return {target: whole(cells, numbers.value)}
    if target == "result_reported":
        return {target: numbers.value, "result_reported_op": numbers.op, "result_reported_text": _text(cells)}
    return {target: numbers.value}


def _numbers(target: str, cells: Cells, marks: Marks, notes: Notes) -> Numbers:
    """Values that a result rests on must be readable; statistics beside them may be lost, with a warning."""
    numbers, bad = parse(cells, marks, allow_bounds=target == "result_reported", is_strict=target in STRICT)
    report_unreadable(cells, bad, notes)
    return numbers


def whole(cells: Cells, value: pa.Array) -> pa.Array:
    """Counts as integers. Raises MalformedFile at the first one that is negative or broken."""
    is_count = pc.and_(pc.equal(pc.floor(value), value), pc.and_(pc.greater_equal(value, 0), pc.less(value, 2**53)))
    index = pc.index(pc.fill_null(is_count, True), False).as_py()
    if index >= 0:
        raise MalformedFile(
            "a count is not a whole number",
            file=cells.file,
            line=cells.line(index),
            column=cells.column(index),
            expected="0, 1, 2, ...",
            found=cells.text[index].as_py(),
        )
    return value.cast(pa.int64())


def _totals(median: WellBlock, marks: Marks) -> pa.Array:
    cells = Cells(
        median.cells.file,
        median.cells.block,
        pa.array(median.totals or (), pa.string()),
        median.block.lines,
        ("Total Events",),
    )
    return whole(cells, parse(cells, marks)[0].value)


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
