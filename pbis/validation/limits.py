"""What is accepted, told by the expectations; each limit with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """A limit and where it comes from.

    told: the source as it is cited; is_checked: whether that was held against its text or a public account of it, None of a choice of
    our own, which has none."""

    value: float
    told: str
    is_checked: bool | None

    @property
    def source(self) -> str:
        """As a report prints it: a citation that nobody checked says so."""
        return self.told if self.is_checked is not False else f"{self.told}; citation not checked against its text"

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
