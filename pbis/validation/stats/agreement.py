"""Two ways to measure the same specimens: mean ratio and limits of agreement (Bland and Altman 1999), Deming regression (CLSI EP09c).

On logarithms throughout, since differences of an immunoassay are in proportion to the concentration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from pbis.study.stats.wald import WALD_Z, wald_interval
from pbis.validation.stats.nested import Floats


@dataclass(frozen=True)
class Agreement:
    """ratio: geometric mean of second / first with its interval; lower, upper: limits of agreement of the ratio, each with its
    interval; sd: of the logarithms of the ratios; n: pairs."""

    ratio: tuple[float, float, float]
    lower: tuple[float, float, float]
    upper: tuple[float, float, float]
    sd: float
    n: int


@dataclass(frozen=True)
class Deming:
    """ln second = intercept + slope ln first, equal errors; each with its jackknife interval."""

    slope: tuple[float, float, float]
    intercept: tuple[float, float, float]


def agreement(first: Floats, second: Floats) -> Agreement | None:
    """None with fewer than three pairs."""
    n = len(first)
    if n < 3:
        return None
    ratio = np.log(second / first)
    mean, sd = float(ratio.mean()), float(ratio.std(ddof=1))
    reach = float(t.ppf(0.975, n - 1))
    width = reach * sd / np.sqrt(n)
    # The error of either end is that of a mean and of a standard deviation together.
    end = reach * sd * np.sqrt(1 / n + WALD_Z**2 / (2 * (n - 1)))
    low, high = wald_interval(mean, sd)
    return Agreement(_three(mean, width), _three(low, end), _three(high, end), sd, n)


def _three(middle: float, width: float) -> tuple[float, float, float]:
    return float(np.exp(middle)), float(np.exp(middle - width)), float(np.exp(middle + width))


def deming(first: Floats, second: Floats) -> Deming | None:
    """None with fewer than ten pairs, or where all are of one level."""
    x, y = np.log(first), np.log(second)
    if len(x) < 10 or np.ptp(x) == 0:
        return None
    whole = np.array(_line(x, y))
    kept = ~np.eye(len(x), dtype=bool)
    pseudo = len(x) * whole - (len(x) - 1) * np.array([_line(x[k], y[k]) for k in kept])
    se = pseudo.std(axis=0, ddof=1) / np.sqrt(len(x))
    width = t.ppf(0.975, len(x) - 2) * se
    slope, intercept = ((float(v), float(v - w), float(v + w)) for v, w in zip(whole, width, strict=True))
    return Deming(slope, intercept)


def _line(x: Floats, y: Floats) -> tuple[float, float]:
    """Slope and intercept where both have the same error."""
    (a, c), (_, b) = np.cov(x, y)
    slope = (b - a + np.sqrt((b - a) ** 2 + 4 * c**2)) / (2 * c)
    return float(slope), float(y.mean() - slope * x.mean())
