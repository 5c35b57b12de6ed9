"""The result rows: every well x analyte of a batch with what was read, what was computed and what the instrument said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.batch import NO_READING, Batch, PlateBlock
from pbis.core.curves.censor import OPERATORS, STATUSES
from pbis.core.curves.computed import Computed
from pbis.core.curves.method import METHOD_VERSION
from pbis.core.frames import RESULT
from pbis.core.frames.stored import stored

_WELL_COLUMNS = (
    "run_id", "plate_number", "well", "sample_label", "well_role", "replicate_group", "standard_level", "specimen_id",
    "dilution_factor",
)  # fmt: skip
_READING_COLUMNS = (
    "mfi", "bead_count", "net_mfi_reported", "result_reported", "result_reported_op", "result_reported_text", "source_line",
)  # fmt: skip


def result_table(computed: Computed) -> pa.Table:
    """frames.RESULT in the order plate, well, analyte."""
    batch = computed.batch
    if not any(b.well.num_rows and b.keys for b in batch.blocks):
        return RESULT.empty()
    slot, curve = _rows(batch)
    values = {name: stored(array[slot, curve]) for name, array in _numbers(computed).items()}
    columns = _well_columns(batch) | _reading_columns(batch) | values
    columns |= _curve_columns(batch, curve) | _texts(computed, slot, curve)
    return RESULT.table(columns)


def _rows(batch: Batch) -> tuple[Ints, Ints]:
    """(slot, curve) of every row."""
    slots, curves, at = [], [], 0
    for block in batch.blocks:
        wells, analytes = block.reading_row.shape
        slots.append(np.repeat(np.arange(wells), analytes))
        curves.append(np.tile(np.arange(at, at + analytes), wells))
        at += analytes
    return np.concatenate(slots), np.concatenate(curves)


def _numbers(computed: Computed) -> dict[str, Floats]:
    batch, back, quant = computed.batch, computed.back, computed.censored.is_quant
    concentration = np.where(quant, back.x * batch.dilution, np.nan)
    known = np.isfinite(back.x) & (back.x > 0) & (batch.expected > 0)
    recovery = 100.0 * np.where(known, back.x, np.nan) * batch.dilution / np.where(known, batch.expected, 1.0)
    return {
        "net_mfi": computed.fits.net_mfi,
        "concentration": concentration,
        "concentration_bound": computed.censored.bound * batch.dilution,
        "ci_low": computed.reach.low * batch.dilution,
        "ci_high": computed.reach.high * batch.dilution,
        "ci_shared": computed.reach.shared,
        "recovery_pct": recovery,
        "expected_concentration": batch.expected,
        "replicate_cv_pct": replicate_cv_pct(batch, concentration),
    }


def replicate_cv_pct(batch: Batch, concentration: Floats) -> Floats:
    """100 SD(n-1)/mean (slots, n) over a replicate group: of concentrations where every read well has one, else of MFI.

    Wells that were set aside or are held have no part in it.
    """
    out, at = np.full(batch.mfi.shape, np.nan), 0
    for block in batch.blocks:
        here = (slice(0, block.well.num_rows), slice(at, at + len(block.keys)))
        group = pc.dictionary_encode(block.well.column("replicate_group").combine_chunks()).indices.to_numpy()
        is_out = batch.is_excluded[here] | batch.is_held[here]
        mfi, amount = np.where(is_out, np.nan, batch.mfi[here]), concentration[here]
        is_complete = ~_per_group(group, np.isfinite(mfi) & ~np.isfinite(amount))
        out[here] = _cv(group, np.where(is_complete, amount, mfi))
        at += len(block.keys)
    return out


def _per_group(group: Ints, flag: Flags) -> Flags:
    any_of = np.zeros((group.max(initial=-1) + 1, flag.shape[1]), bool)
    np.logical_or.at(any_of, group, flag)
    return any_of[group]


def _cv(group: Ints, value: Floats) -> Floats:
    read = np.isfinite(value)
    count = _sum(group, read.astype(np.float64))
    mean = _sum(group, np.where(read, value, 0.0)) / np.maximum(count, 1.0)
    off = np.where(read, value - mean[group], 0.0)
    sd = np.sqrt(_sum(group, off * off) / np.maximum(count - 1.0, 1.0))
    cv = np.where((count > 1) & (mean > 0), 100.0 * sd / np.where(mean > 0, mean, 1.0), np.nan)
    return np.where(read, cv[group], np.nan)


def _sum(group: Ints, value: Floats) -> Floats:
    total = np.zeros((group.max(initial=-1) + 1, value.shape[1]))
    np.add.at(total, group, value)
    return total


def _well_columns(batch: Batch) -> dict[str, pa.Array]:
    """Columns that a well has, repeated for its analytes."""
    tables = [b.well.take(np.repeat(np.arange(b.well.num_rows), len(b.keys))) for b in batch.blocks]
    whole = pa.concat_tables(tables)
    sizes = [table.num_rows for table in tables]
    plate = [(b.assay_id, b.plate) for b in batch.blocks]
    named = {name: whole.column(name) for name in _WELL_COLUMNS}
    # What a held well holds is not settled: a layout's word for it stays with the well, not with a reading.
    named["specimen_id"] = pc.if_else(
        whole.column("doubt").is_valid(), pa.scalar(None, pa.string()), named["specimen_id"]
    )
    for position, name in enumerate(("assay_id", "plate")):
        named[name] = pa.array([one[position] for one in plate], pa.string()).take(
            np.repeat(np.arange(len(sizes)), sizes)
        )
    return named


def _reading_columns(batch: Batch) -> dict[str, pa.ChunkedArray]:
    """Columns of the readings; null where the export has no reading, except for the line, which is then the well's first."""
    parts = [_reading_part(b) for b in batch.blocks]
    whole = pa.concat_tables(parts)
    return {name: whole.column(name) for name in _READING_COLUMNS}


def _reading_part(block: PlateBlock) -> pa.Table:
    row = block.reading_row.ravel()
    part = block.reading.select(_READING_COLUMNS).take(pa.array(row, mask=row == NO_READING))
    line = pa.array(np.repeat(block.first_line, len(block.keys)))
    filled = pc.coalesce(part.column("source_line"), line)
    part = part.set_column(part.column_names.index("source_line"), "source_line", filled)
    mfi = part.column("mfi")
    finite = pc.if_else(pc.is_finite(mfi), mfi, pa.scalar(None, pa.float64()))
    return part.set_column(part.column_names.index("mfi"), "mfi", finite)


def _curve_columns(batch: Batch, curve: Ints) -> dict[str, pa.Array]:
    named = {
        "analyte": [k.name for k in batch.keys],
        "analyte_reported": [k.reported for k in batch.keys],
        "bead_region": [k.bead_region for k in batch.keys],
        "unit": [k.unit for k in batch.keys],
        "unit_reported": [k.unit_reported for k in batch.keys],
    }
    return {name: pa.array(values, pa.string()).take(curve) for name, values in named.items()}


def _texts(computed: Computed, slot: Ints, curve: Ints) -> dict[str, pa.Array]:
    method, rows = computed.options.method, len(slot)
    return {
        "status": pa.array(STATUSES, pa.string()).take(computed.censored.status[slot, curve]),
        "concentration_op": pa.array(OPERATORS, pa.string()).take(computed.censored.op[slot, curve]),
        "method": pa.repeat(method, rows),
        "method_version": pa.repeat(METHOD_VERSION[method], rows),
    }
