"""Every cut-off of a marker at once: the two-group log-rank statistic of `value >= cut` over all candidates.

The number at risk above every cut, at every event time, is one cumulative sum over the subjects sorted by the marker, so a
scan costs about as much as a handful of single tests. Candidates leave at least `min_share` of the subjects on each side,
counted as R's maxstat does: floor(n x share) <= number below <= floor(n x (1 - share)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from pbis.study.stats.survival import Bools, Floats, Ints, Survival

_SAME = 1e-12  # relative: statistics closer than this are equal, and the lowest cut of equals is taken


@dataclass(frozen=True)
class Scan:
    """One row per candidate. cut: lowest value of the high group; below: largest value of the low group."""

    cut: Floats
    below: Floats
    n_low: Ints
    n_high: Ints
    difference: Floats
    chisq: Floats
    n: int
    events: int
    min_share: float

    @property
    def best(self) -> int:
        """Position of the lowest p."""
        return first_largest(self.chisq)

    @property
    def p(self) -> Floats:
        """Naive p of every candidate, as if it had been the only one."""
        return np.asarray(chi2.sf(self.chisq, 1))

    @property
    def direction(self) -> str:
        """Which side of the best cut has the higher hazard."""
        return "high is worse" if self.difference[self.best] > 0 else "low is worse"


def first_largest(values: Floats) -> int:
    """Position of the largest value; of equals, up to rounding, the first."""
    top = float(np.nanmax(values))
    return int(np.flatnonzero(values >= top - _SAME * abs(top))[0])


@dataclass(frozen=True)
class Prepared:
    """A cohort sorted by a marker, descending: who is at risk (t, n) at each event time, who has the event there."""

    order: Ints
    value: Floats
    ends: Ints
    at_risk: Floats
    dies: Floats
    event: Bools


def prepare(data: Survival, marker: Floats) -> Prepared:
    """Sort once; scans of resamples reuse it. The marker must not be missing."""
    if not np.isfinite(marker).all():
        raise ValueError("the marker must not be missing")
    order = np.argsort(-marker, kind="stable")
    value, time, event = marker[order], data.time[order], data.event[order]
    ends = np.append(np.flatnonzero(np.diff(value)), data.n - 1)  # last row of each distinct value
    times = np.unique(time[event])
    at_risk = (time[None, :] >= times[:, None]).astype(float)
    dies = ((time[None, :] == times[:, None]) & event[None, :]).astype(float)
    return Prepared(order, value, ends, at_risk, dies, event)


def bounds(n: int, min_share: float) -> tuple[int, int]:
    """Fewest and most subjects that may lie below a cut, as maxstat counts them."""
    return max(1, int(np.floor(n * min_share + 1e-9))), min(n - 1, int(np.floor(n * (1 - min_share) + 1e-9)))


def scan(data: Survival, marker: Floats, min_share: float = 0.1) -> Scan:
    """All candidate cuts of the marker. ValueError where no cut leaves `min_share` on both sides."""
    made = prepare(data, marker)
    low, high = bounds(data.n, min_share)
    n_low = data.n - 1 - made.ends
    keep = np.flatnonzero((n_low >= low) & (n_low <= high))[::-1]  # ascending cuts
    if not len(keep) or not data.event.any():
        raise ValueError("no cut leaves the minimum share of subjects on both sides")
    difference, variance = _statistics(made.at_risk, made.dies, made.event.astype(float), made.ends[keep])
    chisq = np.divide(difference**2, variance, out=np.zeros(len(keep)), where=variance > 0)
    last = made.ends[keep]
    return Scan(
        made.value[last],
        made.value[last + 1],
        n_low[keep],
        last + 1,
        difference,
        chisq,
        data.n,
        data.events,
        min_share,
    )


def _statistics(at_risk: Floats, dies: Floats, event: Floats, ends: Ints) -> tuple[Floats, Floats]:
    """Observed - expected events above each cut, and its variance. Columns sorted by the marker, descending."""
    n, d = at_risk.sum(axis=1), dies.sum(axis=1)
    kept = n > 0
    share = np.cumsum(at_risk, axis=1)[:, ends]
    share /= np.where(kept, n, 1.0)[:, None]
    spread = np.divide(d * (n - d), n - 1, out=np.zeros_like(n), where=n > 1)
    difference = np.cumsum(event)[ends] - d @ share
    variance = spread @ share - spread @ np.square(share, out=share)
    return difference, variance


@dataclass(frozen=True)
class Resampled:
    """Best cut of every resample: cut, statistic, and whether the high side is worse. nan where none was allowed."""

    cut: Floats
    chisq: Floats
    is_high_worse: Bools


def scan_resamples(data: Survival, marker: Floats, weights: Floats, min_share: float = 0.1) -> Resampled:
    """Repeat the search in resamples. weights (resamples, n): how often each subject was drawn."""
    made = prepare(data, marker)
    best = [best_cut(made, row, min_share) for row in weights[:, made.order]]
    cut, chisq, sign = (np.array(column) for column in zip(*best, strict=True))
    return Resampled(cut, chisq, sign > 0)


def best_cut(made: Prepared, weight: Floats, min_share: float) -> tuple[float, float, float]:
    """Cut, statistic and observed - expected of its high side; weight: draws of each subject, in the order of `made`."""
    total = int(weight.sum())
    low, high = bounds(total, min_share)
    above = np.cumsum(weight)[made.ends]
    seen = np.diff(above, prepend=0.0) > 0  # the value itself was drawn
    keep = np.flatnonzero(seen & (total - above >= low) & (total - above <= high))
    if not len(keep):
        return float("nan"), float("nan"), 0.0
    rows = made.at_risk * weight, made.dies * weight, made.event * weight
    difference, variance = _statistics(*rows, made.ends[keep])
    chisq = np.divide(difference**2, variance, out=np.zeros(len(keep)), where=variance > 0)[::-1]
    best = first_largest(chisq)
    place = len(keep) - 1 - best
    return float(made.value[made.ends[keep[place]]]), float(chisq[best]), float(difference[place])


def permuted_maxima(
    data: Survival, marker: Floats, permutations: int, rng: np.random.Generator, min_share: float = 0.1
) -> Floats:
    """Largest log-rank statistic over all cuts when marker and survival are paired at random."""
    made = prepare(data, marker)
    low, high = bounds(data.n, min_share)
    n_low = data.n - 1 - made.ends
    ends = made.ends[(n_low >= low) & (n_low <= high)]
    return np.array([_permuted(made, rng.permutation(data.n), ends) for _ in range(permutations)])


def _permuted(made: Prepared, rows: Ints, ends: Ints) -> float:
    difference, variance = _statistics(made.at_risk[:, rows], made.dies[:, rows], made.event[rows].astype(float), ends)
    return float(np.divide(difference**2, variance, out=np.zeros(len(ends)), where=variance > 0).max())


def permutation_p(observed: float, permuted: Floats) -> float:
    """Share of permutations at least as extreme, the observed one counted among them (never zero)."""
    return float((1 + (permuted >= observed * (1 - _SAME)).sum()) / (1 + len(permuted)))


def bootstrap_weights(n: int, resamples: int, rng: np.random.Generator) -> Floats:
    """(resamples, n): how often each subject is drawn when n are drawn with replacement; of nobody, nobody is drawn."""
    if n == 0:
        return np.zeros((resamples, 0))
    return rng.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(float)
