"""Measures of standard levels, and of how well a curve goes through them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Mask, Reals
from pbis.core.measures.spec import STANDARDS

PARAMETERS = {"5PL": 5, "4PL": 4}


def standards(level: pa.Table) -> pa.Table:
    """STANDARDS: one row per standard level x analyte, the background left out."""
    level = level.filter(by.numbers(level, "standard_level") >= 1)
    same = (
        "assay_id",
        "run_id",
        "plate_number",
        "analyte",
        "expected_concentration",
        "mean_mfi",
        "cv_pct",
        "recovery_pct",
    )
    columns: dict[str, object] = {name: level.column(name) for name in same}
    columns["standard_level"] = by.numbers(level, "standard_level")
    columns["replicate_group"] = _labels(level)
    columns["is_end"] = ends(level).astype(np.float64)
    columns["is_used"] = by.numbers(level, "is_used")
    return by.conform(STANDARDS, columns, absent=("plate", "well"))


def ends(level: pa.Table) -> Mask:
    """Lowest and highest level of each curve's reportable range; of the levels in the fit where it has none."""
    curves = by.group_by(level, by.ANALYTE_KEY)
    number = by.numbers(level, "standard_level")
    inside = by.numbers(level, "is_in_range") == 1
    candidate = np.where(by.count(curves, inside)[curves.code] > 0, inside, by.numbers(level, "is_used") == 1)
    ranked = np.where(candidate & (number >= 1), number, np.nan)
    edge: Mask = (ranked == by.smallest(curves, ranked)[curves.code]) | (
        ranked == by.largest(curves, ranked)[curves.code]
    )
    return edge


def lack_of_fit_p(curve: pa.Table, level: pa.Table, floor_pct: float) -> Reals:
    """p of the F test: scatter of the level means about the curve against scatter of the wells about their means.

    Both relative to the response; the wells' scatter is taken as at least `floor_pct` percent, since two or three wells can
    agree by chance and dispensing is never better. NaN without replicates or without levels to spare.
    """
    from scipy.special import fdtrc  # not at the top: a bare install reads the suites, and has no scipy

    row = by.match(level, curve, by.ANALYTE_KEY)
    groups = by.Groups(np.where(row < 0, curve.num_rows, row), np.arange(curve.num_rows + 1))
    wells, fitted = by.numbers(level, "well_count"), by.numbers(level, "fitted_mfi")
    usable = (by.numbers(level, "is_used") == 1) & (fitted > 0) & (wells >= 1)
    off = np.where(usable, wells * (by.ratio(by.numbers(level, "mean_mfi"), fitted) - 1) ** 2, np.nan)
    free = np.where(usable, wells - 1, 0)
    scatter = by.total(groups, free * (np.nan_to_num(by.numbers(level, "cv_pct")) / 100) ** 2)[:-1]
    within = by.total(groups, free)[:-1]
    spare = by.count(groups, usable)[:-1] - np.array([PARAMETERS.get(m, 99) for m in curve.column("model").to_pylist()])
    variance = np.maximum(by.ratio(scatter, within), (floor_pct / 100) ** 2)
    f_value = by.ratio(by.ratio(by.total(groups, off)[:-1], spare), variance)
    usable_curve = (spare > 0) & (within > 0) & ~np.isnan(f_value)
    return np.where(usable_curve, fdtrc(np.maximum(spare, 1), np.maximum(within, 1), np.nan_to_num(f_value)), np.nan)


def _labels(level: pa.Table) -> list[str]:
    names, numbers = level.column("reagent_label").to_pylist(), level.column("standard_level").to_pylist()
    return [name or f"level {number}" for name, number in zip(names, numbers, strict=True)]
