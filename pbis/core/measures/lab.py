"""Measures of clinical laboratory rows: values as numbers, and whether counts and percentages tell the same story."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.group import Mask, Reals
from pbis.core.measures.spec import LABS
from pbis.core.measures.unit_slip import BATCH, unit_slips

DRAW_KEY = ("subject_id", "specimen_id", "collected_at")
COUNTED = ("final", "corrected")


RANGE = re.compile(r"\s*(?:(\d+(?:\.\d+)?)\s*(?:-|\u2013|to|~)|<=?|\u2264)\s*(\d+(?:\.\d+)?)\s*\Z")
REFERENCES = {"rest_of_file": "the rest of the file", "typical": "the typical value"}


def labs(lab: pa.Table, typical: Mapping[str, float] | None = None) -> pa.Table:
    """LABS: one row per row of `lab` (frames.LAB), in its order. typical: analyte -> typical value, canonical unit."""
    value = _as_numbers(lab)
    same = ("file_id", "source_line", "subject_id", "analyte", "reason", "detail", "status", "unit", "unit_reported")
    columns: dict[str, object] = {name: lab.column(name) for name in same}
    columns |= {"value": value} | _agreement(lab, value) | _reference(lab, typical or {}) | _batches(lab, typical or {})
    return by.conform(LABS, columns)


def _as_numbers(lab: pa.Table) -> Reals:
    """Values of rows that give a number, or will where a later word makes them final; bounds and refused rows are NaN."""
    gives = pc.or_kleene(pc.is_null(lab.column("reason")), pc.equal(lab.column("reason"), "preliminary_only"))
    exact = pc.and_(pc.equal(lab.column("value_op"), "="), gives)
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


def _reference(lab: pa.Table, typical: Mapping[str, float]) -> dict[str, object]:
    """The reference range as sent, in the canonical unit: a range that the unit makes absurd says that the unit is wrong."""
    texts, factors, analytes = (lab.column(n).to_pylist() for n in ("reference_text", "factor_text", "analyte"))
    ends = [_ends(text, factor) for text, factor in zip(texts, factors, strict=True)]
    low, high = (np.array([end[i] for end in ends], np.float64).reshape(len(ends)) for i in (0, 1))
    usual = np.array([typical.get(analyte, np.nan) for analyte in analytes], np.float64)
    return {
        "reference_text": texts,
        "reference_high": high,
        "is_reference_reversed": np.where(np.isnan(low), np.nan, low > high),
        "reference_fold": by.ratio(high, usual),
    }


def _ends(text: str | None, factor: str | None) -> tuple[float, float]:
    """Lower and upper end; NaN where there is none or the text is no plain range."""
    found = RANGE.match(text or "")
    if found is None or factor is None:
        return np.nan, np.nan
    scale = float(Fraction(factor))
    return scale * float(found[1]) if found[1] else np.nan, scale * float(found[2])


def _batches(lab: pa.Table, typical: Mapping[str, float]) -> dict[str, object]:
    """Batches that lie a power of ten off: told once, on the batch's first row; and what it means for each of its rows."""
    slips = unit_slips(lab, typical)
    numbers = {
        "count": by.numbers(slips, "row_count"),
        "power": np.abs(by.numbers(slips, "power")),
        "z": by.numbers(slips, "z"),
    }
    texts = pa.chunked_array([[_told(slip) for slip in slips.to_pylist()]], pa.string())
    batch = np.where(pc.is_valid(lab.column("value_text")).to_numpy(), by.match(lab, slips, BATCH), -1)
    first = np.where(np.isin(np.arange(len(batch)), np.unique(batch, return_index=True)[1]), batch, -1)
    sure = np.where(by.is_in(slips, "reference_kind", "typical"), numbers["z"], np.nan)
    return {
        **{f"batch_{name}": by.pick(values, first) for name, values in numbers.items()},
        "slip_power": by.pick(numbers["power"], batch),
        "slip_z": by.pick(sure, batch),
        "batch_text": by.pick_text(texts, batch),
    }


def _told(slip: Mapping[str, Any]) -> str:
    return f"median {slip['median']:.4g}, {REFERENCES[slip['reference_kind']]} {slip['reference_median']:.4g}"
