"""Bias against an assigned value, and the scores of a ring trial (ISO 13528:2022, clause 9)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import t


@dataclass(frozen=True)
class AssignedBias:
    """bias_pct with its interval, which knows the laboratory's error and the assigned value's; z, zeta: as ISO 13528 has them, z
    against the stated standard deviation (z' where the assigned value's uncertainty is more than 0.3 of it)."""

    bias_pct: float
    low_pct: float
    high_pct: float
    z: float | None
    is_z_prime: bool
    zeta: float | None


def assigned_bias(
    mean: float, se: float, df: float, assigned: float, uncertainty: float | None, sd: float | None
) -> AssignedBias:
    """mean, se, df: the laboratory's, in the unit of the assigned value; uncertainty: standard, of the assigned value; sd: for
    proficiency assessment. No uncertainty counts as none; no sd, no z."""
    u = uncertainty or 0.0
    both = math.hypot(se, u)
    # Welch and Satterthwaite: the assigned value's uncertainty is taken as known.
    freedom = df * (both / se) ** 4 if se > 0 else math.inf
    width = float(t.ppf(0.975, freedom)) * both
    difference = mean - assigned
    low, high = (100 * (difference + sign * width) / assigned for sign in (-1, 1))
    is_prime = sd is not None and u > 0.3 * sd
    spread = None if sd is None else math.hypot(sd, u) if is_prime else sd
    z = None if spread is None else difference / spread
    zeta = difference / both if uncertainty and both > 0 else None
    return AssignedBias(100 * difference / assigned, low, high, z, is_prime, zeta)
