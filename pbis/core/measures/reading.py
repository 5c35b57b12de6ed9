"""Measures of single readings and of replicate groups."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.beyond import Bounds, group_bounds, group_middle, nearest, opposite_ends
from pbis.core.measures.group import Codes, Groups, Mask, Reals
from pbis.core.measures.spec import READINGS, REPLICATES


def valid_mfi(result: pa.Table, low_beads: float) -> Reals:
    """MFI of each reading, NaN where none was measured, fewer than `low_beads` beads are behind it, a person set it aside or
    it is held: nobody can say which other well it should agree with.

    A reading without any bead count keeps its MFI: some exports have none.
    """
    beads = by.numbers(result, "bead_count")
    out = (beads < low_beads) | by.is_in(result, "status", "EXCLUDED", "HELD")
    return np.where(out, np.nan, by.numbers(result, "mfi"))


def has_counts(result: pa.Table) -> Reals:
    """1 for readings of a plate whose export has bead counts at all, else 0."""
    plate = by.group_by(result, by.PLATE_KEY)
    counted = by.count(plate, ~np.isnan(by.numbers(result, "bead_count")))
    return (counted > 0).astype(np.float64)[plate.code]


def readings(result: pa.Table) -> pa.Table:
    """READINGS: one row per well x analyte of `result`, in its order."""
    concentration = by.numbers(result, "concentration")
    same = ("assay_id", "run_id", "plate", "plate_number", "well", "replicate_group", "analyte")
    own = ("well_role", "specimen_id", "mfi", "bead_count", "status", "concentration", "unit")
    columns: dict[str, object] = {name: result.column(name) for name in (*same, *own)}
    columns["has_counts"] = has_counts(result)
    columns["undiluted"] = by.ratio(concentration, np.nan_to_num(by.numbers(result, "dilution_factor"), nan=1.0))
    return by.conform(READINGS, columns)


def replicates(result: pa.Table, valid: Reals) -> pa.Table:
    """REPLICATES: one row per replicate group x analyte; statistics over the wells with a valid MFI.

    A well below or above the range beside a quantified one stands where it agrees best with it: at its bound, else at the mean of the quantified. What differs
    even so does differ; left out, `40 and <3.2` would be two wells that agree. Of `<3.2 and >10000` neither is quantified, and they differ as their bounds do.
    """
    groups = by.group_by(result, (*by.GROUP_KEY, "analyte"))
    quantified = np.where(np.isnan(valid), np.nan, by.numbers(result, "concentration"))
    middle = by.mean(groups, quantified)
    middle = np.where(np.isnan(middle), group_middle(result, groups, ~np.isnan(valid)), middle)
    standing = np.where(np.isnan(valid), np.nan, nearest(result, middle[groups.code]))
    wells, valid_wells = np.bincount(groups.code, minlength=groups.count), by.count(groups, ~np.isnan(valid))
    in_range = (by.count(groups, ~np.isnan(standing)) == valid_wells) & (valid_wells > 0)
    columns = group_columns(result, groups)
    columns |= {
        "well_count": wells,
        "valid_count": valid_wells,
        "mean_mfi": by.mean(groups, valid),
        "cv_mfi_pct": by.cv_pct(groups, valid),
        "cv_concentration_pct": np.where(in_range, by.cv_pct(groups, standing), np.nan),
        "is_in_range": in_range.astype(np.float64),
        "concentration": by.mean(groups, quantified),
    }
    absent = ("well", "parallel_pct", "lowest_dilution")  # the last two need the groups first
    quantified_only = by.count(groups, ~np.isnan(quantified)) == valid_wells
    bounds = group_bounds(result, groups, ~np.isnan(valid))
    return _with_parallelism(by.conform(REPLICATES, columns, absent), quantified_only, bounds)


def group_columns(result: pa.Table, groups: Groups) -> dict[str, object]:
    """The columns that all wells of a replicate group share, and the names of its wells."""
    head = result.take(pa.array(groups.first))
    shared = ("assay_id", "run_id", "plate", "plate_number", "replicate_group", "analyte", "well_role")
    columns: dict[str, object] = {name: head.column(name) for name in shared}
    columns["specimen_id"] = _specimens(result, groups)
    columns["dilution_factor"] = by.smallest(groups, by.numbers(result, "dilution_factor"))  # a held well has none
    columns["wells"] = pa.array(wells_of(result, groups.first), pa.string())
    return columns


def _specimens(result: pa.Table, groups: Groups) -> pa.Array:
    """The specimen of each group, from a well that has one: a held well has none."""
    specimen = result.column("specimen_id")
    known = np.flatnonzero(pc.is_valid(specimen).to_numpy(zero_copy_only=False))
    first = np.full(groups.count, -1, np.int64)
    first[groups.code[known[::-1]]] = known[::-1]  # the last written is the first of the file
    return specimen.combine_chunks().take(pa.array(first, mask=first < 0))


def wells_of(result: pa.Table, rows: Codes) -> list[str]:
    """For each of the rows, the wells of its replicate group, joined by ', '."""
    groups = by.group_by(result, by.GROUP_KEY)
    seen = by.group_by(result, by.WELL_KEY).first  # a well once, not once an analyte
    once = Groups(groups.code[seen], groups.first)
    names = by.joined(once, result.column("well").take(pa.array(seen)).to_pylist())
    return [names[group] for group in groups.code[rows].tolist()]


def _with_parallelism(replicate: pa.Table, quantified_only: Mask, bounds: Bounds) -> pa.Table:
    """Fill `parallel_pct` where a specimen was read in range at one dilution, and in range or on one side of it at another; or above the range at one and below
    it at another, of which both cannot be so."""
    value, dilution = by.numbers(replicate, "concentration"), by.numbers(replicate, "dilution_factor")
    known = ~np.isnan(dilution) & pc.is_valid(replicate.column("specimen_id")).to_numpy()
    usable = known & quantified_only & (by.numbers(replicate, "is_in_range") == 1)
    tubes = by.group_by(replicate, (*by.PLATE_KEY, "specimen_id", "analyte"))
    lowest = by.smallest(tubes, np.where(usable, dilution, np.nan))[tubes.code]
    base = by.mean(tubes, np.where(usable & (dilution == lowest), value, np.nan))[tubes.code]
    standing = np.where(usable, value, bounds.nearest(base))
    opposite = opposite_ends(tubes, np.where(known, dilution, np.nan), bounds)
    lowest, base, standing = (
        np.where(np.isnan(base), other, own)
        for own, other in zip(
            (lowest, base, standing), (opposite.dilution, opposite.base, opposite.standing), strict=True
        )
    )
    judged = known & (dilution != lowest) & ~np.isnan(standing) & ~np.isnan(base)
    parallel = np.where(judged, 100 * (by.ratio(standing, base) - 1), np.nan)
    for name, values in (("parallel_pct", parallel), ("lowest_dilution", np.where(judged, lowest, np.nan))):
        column = pa.array(values, pa.float64(), from_pandas=True)
        replicate = replicate.set_column(replicate.column_names.index(name), REPLICATES.schema.field(name), column)
    return replicate
