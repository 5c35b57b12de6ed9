"""Maximally selected log-rank statistics and p values that know about the selection, as R's maxstat.

Scores: Hothorn and Lausen 2003. P values: Lausen and Schumacher 1992 (a Brownian bridge over the allowed range) and Lausen
et al. 1994 (improved Bonferroni over the candidates tried). Both are upper bounds; they are held at 1 here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm, rankdata

from pbis.study.stats.scan import bounds, first_largest
from pbis.study.stats.survival import Floats, Ints, Survival


@dataclass(frozen=True)
class MaxStat:
    """The largest standardised statistic over the candidates. `estimate`: low is `value <= estimate`, as R prints it."""

    estimate: float
    cut: float
    statistic: float
    candidate: Floats
    path: Floats
    n_low: Ints
    n: int
    min_share: float
    is_high_worse: bool

    @property
    def p_lau92(self) -> float:
        return lausen92(self.statistic, self.min_share)

    @property
    def p_lau94(self) -> float:
        return lausen94(self.statistic, self.n, self.n_low)


def logrank_scores(data: Survival) -> Floats:
    """Event minus cumulative hazard with ties at their highest rank; they sum to zero without ties."""
    rank = rankdata(data.time, method="max").astype(np.int64)
    order = np.argsort(data.time, kind="stable")
    step = data.event / (data.n - rank + 1.0)
    return np.asarray(data.event - np.cumsum(step[order])[rank - 1])


def maxstat(data: Survival, marker: Floats, min_share: float = 0.1) -> MaxStat:
    """Search all cuts that leave floor(n x share) .. floor(n x (1 - share)) subjects in the low group."""
    order = np.argsort(marker, kind="stable")
    value, score = marker[order], logrank_scores(data)[order]
    n_low = np.flatnonzero(np.diff(value)) + 1
    low, high = bounds(data.n, min_share)
    n_low = n_low[(n_low >= low) & (n_low <= high)]
    if not len(n_low):
        raise ValueError("no cut leaves the minimum share of subjects on both sides")
    signed = _standardised(score, n_low)
    best = first_largest(np.abs(signed))
    m = n_low[best]
    return MaxStat(
        float(value[m - 1]),
        float(value[m]),
        float(abs(signed[best])),
        value[n_low - 1],
        np.abs(signed),
        n_low,
        data.n,
        min_share,
        bool(signed[best] < 0),
    )


def _standardised(score: Floats, n_low: Ints) -> Floats:
    """(sum of the low group's scores - expectation) / SD under random pairing; the last axis runs over subjects."""
    n, total = score.shape[-1], score.sum(axis=-1, keepdims=True)
    scatter = n * (score**2).sum(axis=-1, keepdims=True) - total**2
    variance = n_low * (n - n_low) / (n**2 * (n - 1.0)) * scatter
    return np.asarray((np.cumsum(score, axis=-1)[..., n_low - 1] - n_low / n * total) / np.sqrt(variance))


def permuted_statistics(found: MaxStat, data: Survival, permutations: int, rng: np.random.Generator) -> Floats:
    """The maximal statistic when marker and survival are paired at random: its exact conditional distribution."""
    score = np.tile(logrank_scores(data), (permutations, 1))
    return np.asarray(np.abs(_standardised(rng.permuted(score, axis=1), found.n_low)).max(axis=1))


def lausen92(statistic: float, min_share: float) -> float:
    """P of the largest statistic over the shares min..1-min; 1 below a statistic of 1."""
    if statistic < 1 or not 0 < min_share < 0.5:
        return 1.0
    density, b, rest = norm.pdf(statistic), statistic, 1 - min_share
    p = 4 * density / b + density * (b - 1 / b) * np.log(rest**2 / min_share**2)
    return float(np.clip(p, 0.0, 1.0))


def lausen94(statistic: float, n: int, n_low: Ints) -> float:
    """P of the largest statistic over exactly the candidates tried (sizes of the low group, ascending)."""
    first, second = n_low[:-1].astype(float), n_low[1:].astype(float)
    t = np.sqrt(1 - first * (n - second) / ((n - first) * second))
    extra = np.exp(-(statistic**2) / 2) / np.pi * (t - (statistic**2 / 4 - 1) * t**3 / 6)
    return float(np.clip(2 * norm.sf(statistic) + extra.sum(), 0.0, 1.0))


def naive_level_of_best(lowest: Floats) -> float:
    """The naive p (chi-square, one degree) that the best of all candidates stays above with 95 % when nothing is there.

    lowest (permutations,): the largest chi-square of each random pairing.
    """
    return float(chi2.sf(np.quantile(lowest, 0.95), 1))
