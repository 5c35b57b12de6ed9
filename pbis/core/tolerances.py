"""How good must a curve be: the limits that a laboratory may change, as one value that its suite tells and its assays keep.

There are no defaults here: the numbers stand in expectations/*.json, and `expectations.tolerances` reads them. What the optimiser
needs for itself (pbis.core.curves.method.FitRules) is part of the method and no tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerances:
    """Limits of standard levels and of what a curve needs to be accepted; a limit that is None is not asked for.

    recovery_low_pct, recovery_high_pct: of a level inside the range; recovery_end_*: of the lowest and highest one. level_cv_pct,
    end_cv_pct: CV of a level's back-calculated wells, likewise. lod_sds: SDs above the background's mean that are the detection
    limit. run_warn, run_fail: levels in a row that must pass; fewer than run_warn are said, fewer than run_fail fail the curve.
    least_passing, least_passing_pct: levels in the fit and inside the kit's range that must recover, as a number and as a share.
    flat_ratio: the highest level over the background, below which there is no curve. hook_ratio: share of the level below it that
    the top level must reach, else it hooks and is dropped. inversion_pct: drop below a lower level that is no longer monotone.
    ec50_low_ratio, ec50_high_ratio: EC50 over the lowest and over the highest standard, beyond which it is said.
    """

    recovery_low_pct: float
    recovery_high_pct: float
    recovery_end_low_pct: float
    recovery_end_high_pct: float
    level_cv_pct: float
    end_cv_pct: float
    lod_sds: float
    run_warn: float | None
    run_fail: float | None
    least_passing: float | None
    least_passing_pct: float | None
    flat_ratio: float
    hook_ratio: float
    inversion_pct: float
    ec50_low_ratio: float | None
    ec50_high_ratio: float | None
