"""The log-rank test of two or more groups, as `survival::survdiff` (G-rho family, hypergeometric variance)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from pbis.study.stats.survival import Floats, Ints, Survival


@dataclass(frozen=True)
class LogRank:
    """Observed and expected events of each group, the statistic, its degrees of freedom and p."""

    levels: tuple[str, ...]
    n: Ints
    observed: Floats
    expected: Floats
    chisq: float
    df: int
    p: float
    rho: float
    events: int


def logrank(
    data: Survival, group: NDArray[np.generic], rho: float = 0.0, strata: NDArray[np.generic] | None = None
) -> LogRank:
    """Test equality of the groups' hazards. rho 0 is log-rank, 1 the Peto-Peto form of Wilcoxon."""
    levels, code = np.unique(group, return_inverse=True)
    if len(levels) < 2:
        raise ValueError("a log-rank test needs two groups")
    observed, expected = np.zeros(len(levels)), np.zeros(len(levels))
    variance = np.zeros((len(levels), len(levels)))
    layers = np.zeros(data.n, np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    for layer in np.unique(layers):
        rows = layers == layer
        part = _stratum(data.take(rows), code[rows], len(levels), rho)
        observed, expected, variance = observed + part.observed, expected + part.expected, variance + part.variance
    return _test(tuple(map(str, levels)), np.bincount(code), observed, expected, variance, rho, data.events)


@dataclass(frozen=True)
class _Sums:
    observed: Floats
    expected: Floats
    variance: Floats


def _stratum(data: Survival, code: Ints, groups: int, rho: float) -> _Sums:
    times = np.unique(data.time[data.event])
    place = np.searchsorted(times, data.time, side="right")
    leaving = np.zeros((len(times) + 1, groups))
    np.add.at(leaving, (place, code), 1.0)
    at_risk = leaving.sum(axis=0) - np.cumsum(leaving, axis=0)[:-1]
    deaths = np.zeros((len(times), groups))
    np.add.at(deaths, (place[data.event] - 1, code[data.event]), 1.0)
    n, d = at_risk.sum(axis=1), deaths.sum(axis=1)
    survival = np.concatenate([[1.0], np.cumprod(1 - d / n)[:-1]]) if len(times) else np.ones(0)
    weight = survival**rho
    share = at_risk / n[:, None]
    spread = np.divide(d * (n - d), n - 1, out=np.zeros_like(n), where=n > 1) * weight**2
    variance = np.diag((spread[:, None] * share).sum(axis=0)) - (share * spread[:, None]).T @ share
    return _Sums((weight[:, None] * deaths).sum(axis=0), (weight * d) @ share, variance)


def _test(
    levels: tuple[str, ...], n: Ints, observed: Floats, expected: Floats, variance: Floats, rho: float, events: int
) -> LogRank:
    """Groups without expected events tell nothing and are left out of the degrees of freedom, as in R.

    Where all events fall on one time that nobody outlives, the statistic has no variance: it and its p are nan.
    """
    keep = expected > 0
    difference = (observed - expected)[keep][1:]
    df = int(keep.sum()) - 1
    inner = variance[np.ix_(keep, keep)][1:, 1:]
    chisq = _quadratic(inner, difference) if df > 0 else 0.0
    p = float(chi2.sf(chisq, df)) if df > 0 else float("nan")
    return LogRank(levels, n, observed, expected, chisq, df, p, rho, events)


def _quadratic(variance: Floats, difference: Floats) -> float:
    try:
        return float(difference @ np.linalg.solve(variance, difference))
    except np.linalg.LinAlgError:
        return float("nan")
