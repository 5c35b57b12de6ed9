"""How well a score orders survival: Harrell's C (as `survival::concordance`) and Uno's C (censoring weighted out).

A pair counts where the one with the shorter time had the event; a death and a censoring at the same time count as a pair
with the death first, two deaths at one time do not. Equal scores count one half.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.stats.km import before, kaplan_meier
from pbis.study.stats.survival import Bools, Floats, Survival
from pbis.study.stats.ties import asked_times


@dataclass(frozen=True)
class Concordance:
    """C with its standard error (infinitesimal jackknife) and the number of pairs it rests on."""

    value: float
    se: float
    pairs: int
    kind: str


def comparable(data: Survival) -> Bools:
    """(n, n): true at (i, j) where i is known to have had the event before j."""
    earlier = data.time[:, None] < data.time[None, :]
    tied = (data.time[:, None] == data.time[None, :]) & ~data.event[None, :]
    return np.asarray(data.event[:, None] & (earlier | tied))


def agreement(score: Floats) -> Floats:
    """(n, n): 1 where i scores higher than j, one half where equal, 0 where lower."""
    difference = score[:, None] - score[None, :]
    return np.where(difference > 0, 1.0, np.where(difference == 0, 0.5, 0.0))


def harrell_c(data: Survival, score: Floats) -> Concordance:
    """Harrell's C; a higher score means an earlier event."""
    return _concordance(comparable(data).astype(float), agreement(score), "Harrell")


def uno_c(data: Survival, score: Floats, horizon: float | None = None) -> Concordance:
    """Uno's C up to `horizon` (default: the last event before which somebody could still be censored)."""
    weight = inverse_censoring(data)
    limit = np.inf if horizon is None else asked_times(np.array([horizon]), data.time)
    pairs = comparable(data) * ((data.time < limit) * weight**2)[:, None]
    return _concordance(pairs, agreement(score), "Uno")


def inverse_censoring(data: Survival) -> Floats:
    """1 / probability of being uncensored just before each time; 0 where that probability is 0.

    Whoever dies at a time is no longer there to be censored at it, as in `survival::concordance(timewt = "n/G2")`.
    """
    _, rank = np.unique(data.time, return_inverse=True)
    deaths_first = np.asarray(2.0 * rank + ~data.event, dtype=np.float64)
    g = before(kaplan_meier(Survival(deaths_first, ~data.event)), deaths_first)
    return np.divide(1.0, g, out=np.zeros_like(g), where=g > 0)


def _concordance(pairs: Floats, agree: Floats, kind: str) -> Concordance:
    total = float(pairs.sum())
    if total == 0:
        return Concordance(float("nan"), float("nan"), 0, kind)
    good = pairs * agree
    value = float(good.sum()) / total
    pull = (good.sum(axis=0) + good.sum(axis=1)) - value * (pairs.sum(axis=0) + pairs.sum(axis=1))
    return Concordance(value, float(np.sqrt((pull**2).sum())) / total, int((pairs > 0).sum()), kind)


@dataclass(frozen=True)
class ResampledPairs:
    """The pairs of a cohort and of its resamples, for the C of one score after another. pairs (n, n); weights, total by resample."""

    pairs: Floats
    weights: Floats
    total: Floats

    def c(self, score: Floats) -> Floats:
        """C of the score in every resample; nan where a resample has no pair."""
        won = ((self.weights @ (self.pairs * agreement(score))) * self.weights).sum(axis=1)
        return np.asarray(np.divide(won, self.total, out=np.full(len(won), np.nan), where=self.total > 0))


def resampled_pairs(data: Survival, weights: Floats, kind: str = "Harrell") -> ResampledPairs:
    """weights (resamples, n): how often each subject was drawn. For Uno's C the censoring weights are those of the whole sample, held
    fixed."""
    pairs = comparable(data).astype(float)
    if kind == "Uno":
        pairs *= (inverse_censoring(data) ** 2)[:, None]
    return ResampledPairs(pairs, weights, ((weights @ pairs) * weights).sum(axis=1))


def resampled_c(data: Survival, score: Floats, weights: Floats, kind: str = "Harrell") -> Floats:
    """C of one score in every resample (resampled_pairs)."""
    return resampled_pairs(data, weights, kind).c(score)
