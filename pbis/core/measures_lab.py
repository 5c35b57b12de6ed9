"""Measures of clinical laboratory rows: values as numbers, and whether counts and percentages tell the same story."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core import measures_group as by
from pbis.core.measures_group import Mask, Reals
from pbis.core.measures_spec import LABS

DRAW_KEY = ("subject_id", "specimen_id", "collected_at")
COUNTED = ("final", "corrected")


def labs(lab: pa.Table) -> pa.Table:
    """LABS: one row per row of `lab` (frames.LAB), in its order."""
    value = _as_numbers(lab)
    same = ("file_id", "source_line", "subject_id", "analyte", "reason", "detail", "status", "unit", "unit_reported")
    columns: dict[str, object] = {name: lab.column(name) for name in same}
    return by.conform(LABS, columns | {"value": value} | _agreement(lab, value))


def _as_numbers(lab: pa.Table) -> Reals:
    """Values of rows that give a number; bounds and refused rows are NaN."""
    exact = pc.and_(pc.equal(lab.column("value_op"), "="), pc.is_null(lab.column("reason")))
    text = pc.if_else(pc.fill_null(exact, False), lab.column("value_text"), None)
    values: Reals = pc.cast(text, pa.float64()).to_numpy()
    return values


def _agreement(lab: pa.Table, value: Reals) -> dict[str, object]:
    """Neutrophils / lymphocytes from counts and from percentages of one draw, on the draw's neutrophil count rows."""
    draws = by.group_by(lab, DRAW_KEY)
    usable = by.is_in(lab, "status", *COUNTED) & ~np.isnan(value)

    def of(analyte: str) -> Reals:
        return by.mean(draws, np.where(usable & by.is_in(lab, "analyte", analyte), value, np.nan))[draws.code]

    counts = by.ratio(of("neutrophils"), of("lymphocytes"))
    percent = by.ratio(of("neutrophils_pct"), of("lymphocytes_pct"))
    here: Mask = usable & by.is_in(lab, "analyte", "neutrophils") & pc.is_valid(lab.column("specimen_id")).to_numpy()
    return {
        "nlr_counts": np.where(here, counts, np.nan),
        "nlr_percent": np.where(here, percent, np.nan),
        "nlr_difference_pct": np.where(here, 100 * by.ratio(np.abs(percent - counts), counts), np.nan),
    }
