"""What is accepted, told by the expectations; each limit with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A limit and its source."""

    value: float
    source: str

    def __str__(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True)
class ValidationLimits:
    """One field an entry of expectations/validation.json; names end in their unit, `fewest_` is what a design must have."""

    fewest_plates: Limit
    repeatability_cv_pct: Limit
    within_laboratory_cv_pct: Limit
    fewest_levels: Limit
    linearity_deviation_pct: Limit
    recovery_low_pct: Limit
    recovery_high_pct: Limit
    fewest_profile_groups: Limit
    lloq_cv_pct: Limit
    parallelism_cv_pct: Limit
    fewest_parallel: Limit
    slope_low: Limit
    slope_high: Limit
    fewest_pairs: Limit
    difference_pct: Limit
    bias_pct: Limit
    z_warning: Limit
    z_action: Limit
