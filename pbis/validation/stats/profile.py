"""The precision profile: how imprecision grows towards low levels, and where it crosses a limit (CLSI EP17-A2).

The variance at a level x is a + b x squared: what background and beads leave, and what pipetting does. Fitted to the variances of
replicates by gamma likelihood, since a variance with d degrees of freedom is its truth times chi-square over d.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.stats.wald import wald_interval
from pbis.validation.stats.nested import Floats

# Fisher scoring halves its distance to the answer many times over in each round; R's glm takes 10 to 25 rounds on such data.
_ROUNDS = 200


@dataclass(frozen=True)
class PrecisionProfile:
    """floor: a, in squared units; slope: b, a squared CV; cov: of the two; count, df: groups of replicates and their degrees of freedom."""

    floor: float
    slope: float
    cov: Floats
    count: int
    df: float

    def cv_pct(self, level: Floats | float, further: float = 0.0) -> Floats:
        """Percent at a level, with a further squared CV that every level has."""
        x = np.asarray(level, dtype=float)
        return np.asarray(100 * np.sqrt(self.floor / x**2 + self.slope + further))

    def crossing(self, limit_pct: float, further: float = 0.0) -> tuple[float, float, float] | None:
        """Lowest level whose CV is at most the limit, with its 95 % interval (delta method on the logarithm).

        0 where every level keeps it; None where none does.
        """
        room = (limit_pct / 100) ** 2 - self.slope - further
        if room <= 0:
            return None
        if self.floor <= 0:
            return 0.0, 0.0, 0.0
        value = float(np.sqrt(self.floor / room))
        gradient = np.array([1 / self.floor, 1 / room]) / 2
        low, high = wald_interval(float(np.log(value)), float(np.sqrt(gradient @ self.cov @ gradient)))
        return value, float(np.exp(low)), float(np.exp(high))


def precision_profile(level: Floats, variance: Floats, df: Floats) -> PrecisionProfile | None:
    """level: mean of each group of replicates. A part of the variance that comes out negative is 0, and the other is fitted alone.

    None with fewer than ten groups, or where all replicates agree exactly.
    """
    if len(level) < 10 or not (variance > 0).any():
        return None
    design = np.column_stack([np.ones(len(level)), level**2])
    for kept in ((0, 1), (1,), (0,)):
        found = _fit(design[:, kept], variance, df)
        if found is not None:
            coef, cov = np.zeros(2), np.zeros((2, 2))
            coef[list(kept)], cov[np.ix_(kept, kept)] = found
            return PrecisionProfile(float(coef[0]), float(coef[1]), cov, len(level), float(df.sum()))
    return None


def _fit(design: Floats, variance: Floats, df: Floats) -> tuple[Floats, Floats] | None:
    """Gamma regression with the identity link by Fisher scoring; None where a coefficient is not positive."""
    scale = design.max(axis=0)
    x = design / scale
    fitted = np.full(len(variance), float(np.average(variance, weights=df)))
    coef = np.zeros(x.shape[1])
    for _ in range(_ROUNDS):
        weight = df / (2 * fitted**2)
        before, coef = coef, np.linalg.solve(x.T @ (x * weight[:, None]), x.T @ (weight * variance))
        if (coef <= 0).any():
            return None
        fitted = x @ coef
        if np.allclose(coef, before, rtol=1e-13, atol=0):
            break
    weight = df / (2 * fitted**2)
    cov = np.linalg.inv(x.T @ (x * weight[:, None]))
    return coef / scale, cov / np.outer(scale, scale)
