"""Measures of a plate after its analytes were judged: which share of them failed, and why."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.spec import RATES

CURVE_RULES = ("curve_acceptance", "curve_fit")
CONTROL_RULES = ("kit_control_range", "control_acceptance")


def rates(curves: pa.Table, finding: pa.Table) -> pa.Table:
    """RATES: one row per plate of `curves` (analyte x plate); `finding` holds what was found on single plates."""
    groups = by.group_by(curves, by.PLATE_KEY)
    head = curves.take(pa.array(groups.first))
    everything = np.ones(curves.num_rows)
    with_standards = by.numbers(curves, "has_standards")
    with_controls = (by.numbers(curves, "controls_judged") > 0).astype(np.float64)
    failed = _failed(curves, finding, None)
    curve, control = _failed(curves, finding, CURVE_RULES), _failed(curves, finding, CONTROL_RULES)
    analytes = by.total(groups, everything)
    columns: dict[str, object] = {name: head.column(name) for name in ("assay_id", "run_id", "plate", "plate_number")}
    columns |= {
        "analyte_count": analytes,
        "analytes_failed": by.total(groups, failed),
        "analytes_failed_pct": 100 * by.total(groups, failed) / analytes,
        "curve_failed": by.total(groups, curve),
        "curve_failed_pct": 100 * by.ratio(by.total(groups, curve), by.total(groups, with_standards)),
        "control_failed": by.total(groups, control),
        "control_failed_pct": 100 * by.ratio(by.total(groups, control), by.total(groups, with_controls)),
    }
    return by.conform(RATES, columns, absent=("well", "replicate_group", "analyte"))


def _failed(curves: pa.Table, finding: pa.Table, rules: tuple[str, ...] | None) -> by.Reals:
    """1 for each analyte x plate that a failing finding takes out, of the given rules only where some are given."""
    keep = pc.and_(pc.equal(finding.column("severity"), "fail"), pc.equal(finding.column("effect"), "fail_analyte"))
    if rules is not None:
        keep = pc.and_(keep, pc.is_in(finding.column("rule"), pa.array(rules)))
    return (by.match(curves, finding.filter(keep), by.ANALYTE_KEY) >= 0).astype(np.float64)
