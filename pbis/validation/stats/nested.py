"""Nested random effects by analysis of variance: wells within plates within days, with degrees of freedom and intervals.

CLSI EP05-A3 estimates precision so. Unbalanced designs by the coefficients of Searle (1971, chapter 11), negative components
are 0 and leave the others as they are. Intervals: of the error exact; of a component by the modified large-sample method
(Ting, Burdick, Graybill, Jeyaratnam and Lu 1990), which needs no normality of the estimate; of the total by Satterthwaite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, f

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Variance:
    """A variance with its degrees of freedom and the ends of its 95 % interval; `value` is 0 where the estimate was negative."""

    value: float
    df: float
    low: float
    high: float


@dataclass(frozen=True)
class NestedVariances:
    """mean of all values; components: outermost first, the error last; total: their sum; n: values; groups: of each level."""

    mean: float
    components: tuple[Variance, ...]
    total: Variance
    n: int
    groups: tuple[int, ...]


def nested_variances(values: Floats, levels: Sequence[Labels]) -> NestedVariances | None:
    """Components of the levels (outermost first, each a label a value) and of the error.

    None where a level has nothing to be told from: one group, or none more than the level around it, or no replicates.
    """
    inside = [np.zeros(len(values), dtype=np.int64)]
    for level in levels:
        inside.append(np.unique(np.column_stack([inside[-1], level]), axis=0, return_inverse=True)[1].reshape(-1))
    inside.append(np.arange(len(values)))
    counts = [np.bincount(one).astype(float) for one in inside]
    df = np.diff([len(one) for one in counts]).astype(float)
    if len(values) < 2 or df.min() < 1:
        return None
    means = [np.bincount(one, values) / count for one, count in zip(inside, counts, strict=True)]
    squares = [
        float(((own[at] - parent[up]) ** 2).sum())
        for own, at, parent, up in zip(means[1:], inside[1:], means, inside, strict=False)
    ]
    mean_squares = np.array(squares) / df
    weights = _weights(inside, counts, df)
    components = [_component(row, mean_squares, df) for row in weights]
    total = weights.sum(axis=0)
    return NestedVariances(
        float(means[0][0]),
        tuple(components),
        _satterthwaite(total, mean_squares, df, sum(each.value for each in components)),
        len(values),
        tuple(len(one) for one in counts[1:-1]),
    )


def _weights(inside: Sequence[Labels], counts: Sequence[Floats], df: Floats) -> Floats:
    """Row k: what the component of level k is made of, as weights of the mean squares."""
    size = len(df)
    shared = np.array([[_shared(inside, counts, k, j) for j in range(1, size + 1)] for k in range(size + 1)])
    expected = np.array(
        [[(shared[k][j] - shared[k - 1][j]) / df[k - 1] for j in range(size)] for k in range(1, size + 1)]
    )
    return np.asarray(np.linalg.inv(np.triu(expected)))


def _shared(inside: Sequence[Labels], counts: Sequence[Floats], k: int, j: int) -> float:
    """Sum over groups h of level j of n_h squared over the size of the group of level k that holds it; no group of j spans two of k."""
    first = np.unique(inside[j], return_index=True)[1]
    return float((counts[j] ** 2 / counts[k][inside[k][first]]).sum()) if j >= k else 0.0


def _component(weights: Floats, mean_squares: Floats, df: Floats) -> Variance:
    parts = weights * mean_squares
    value = float(parts.sum())
    if np.count_nonzero(weights) == 1:
        k = int(np.flatnonzero(weights)[0])
        return Variance(value, df[k], *(value * df[k] / chi2.ppf(q, df[k]) for q in (0.975, 0.025)))
    low, high = (value - np.sqrt(max(_spread(parts, df, tail), 0.0)) * sign for tail, sign in ((0.025, 1), (0.975, -1)))
    freedom = value**2 / float((parts**2 / df).sum()) if value > 0 else 0.0
    return Variance(max(value, 0.0), freedom, max(float(low), 0.0), max(float(high), 0.0))


def _spread(parts: Floats, df: Floats, tail: float) -> float:
    """The squared half width of Ting et al. towards one end: tail .025 for the lower, .975 for the upper."""
    up = [(p, d, abs(1 - d / chi2.isf(tail, d))) for p, d in zip(parts, df, strict=True) if p > 0]
    down = [(-p, d, abs(d / chi2.isf(1 - tail, d) - 1)) for p, d in zip(parts, df, strict=True) if p < 0]
    found = sum((p * g) ** 2 for p, _, g in (*up, *down))
    for p, d, g in up:
        for q, e, h in down:
            ratio = f.isf(tail, d, e)
            found += p * q * ((ratio - 1) ** 2 - (g * ratio) ** 2 - h**2) / ratio
    return float(found)


def _satterthwaite(weights: Floats, mean_squares: Floats, df: Floats, value: float) -> Variance:
    """The sum as it is reported, negative components as 0; degrees of freedom from the mean squares."""
    parts = weights * mean_squares
    freedom = float(parts.sum()) ** 2 / float((parts**2 / df).sum())
    return Variance(value, freedom, *(value * freedom / chi2.ppf(q, freedom) for q in (0.975, 0.025)))
