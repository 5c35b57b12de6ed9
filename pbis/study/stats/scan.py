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


_NOTHING = (
    1e-12  # a variance of this size is the rounding of one that is zero: all events at a time that nobody outlives
)


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
    """A cohort sorted by a marker, descending. ends: the last row of each distinct value; upto (n,): at how many of the distinct event
    times each is at risk; at_risk (times, n): 1 where it is."""

    order: Ints
    value: Floats
    ends: Ints
    upto: Ints
    at_risk: Floats
    event: Floats


def prepare(data: Survival, marker: Floats) -> Prepared:
    """Sort once; scans of resamples reuse it. The marker must not be missing."""
    if not np.isfinite(marker).all():
        raise ValueError("the marker must not be missing")
    order = np.argsort(-marker, kind="stable")
    value, time, event = marker[order], data.time[order], data.event[order]
    ends = np.append(np.flatnonzero(np.diff(value)), data.n - 1)
    times = np.unique(time[event])
    at_risk = (time[None, :] >= times[:, None]).astype(float)
    return Prepared(order, value, ends, np.searchsorted(times, time, side="right"), at_risk, event.astype(float))


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
    difference, chisq = _statistics(made, _terms(made, np.ones(data.n)), np.arange(data.n), made.ends[keep])
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


@dataclass(frozen=True)
class _Terms:
    """What each subject, drawn `weight` times, adds to the numbers of whoever is above a cut.

    excess (n,): observed - expected events; linear (n,): the part of the variance that is a sum; square (times,): the factor of
    (number at risk above the cut)^2, which is taken off it.
    """

    weight: Floats
    excess: Floats
    linear: Floats
    square: Floats


def _terms(made: Prepared, weight: Floats) -> _Terms:
    times = len(made.at_risk)
    n = weight.sum() - np.cumsum(np.bincount(made.upto, weight, times + 1))[:-1]
    d = np.bincount(made.upto - (made.event > 0), weight * made.event, times + 1)[:times]
    some = np.maximum(n, 1.0)
    spread = np.where(n > 1, d * (n - d), 0.0) / (np.maximum(n - 1, 1.0) * some)
    hazard, linear = (np.concatenate([[0.0], np.cumsum(part)])[made.upto] for part in (d / some, spread))
    return _Terms(weight, weight * (made.event - hazard), weight * linear, spread / some)


def _statistics(made: Prepared, terms: _Terms, rows: Ints, ends: Ints) -> tuple[Floats, Floats]:
    """Observed - expected events above each cut, and the log-rank statistic. rows: subjects, descending; ends: places in `rows`."""
    above = made.at_risk.take(rows, axis=1)
    above *= terms.weight[rows]
    np.add.accumulate(above, axis=1, out=above)
    difference = np.cumsum(terms.excess[rows])[ends]
    variance = np.cumsum(terms.linear[rows])[ends] - (terms.square @ np.square(above, out=above))[ends]
    return difference, np.divide(difference**2, variance, out=np.zeros(len(ends)), where=variance > _NOTHING)


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
    drawn = np.flatnonzero(weight)
    ends = np.searchsorted(drawn, made.ends[keep], side="right") - 1
    difference, chisq = _statistics(made, _terms(made, weight), drawn, ends)
    chisq = chisq[::-1]
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
    terms = _terms(made, np.ones(data.n))
    found = [_statistics(made, terms, rng.permutation(data.n), ends)[1].max() for _ in range(permutations)]
    return np.array(found, dtype=float)


def permutation_p(observed: float, permuted: Floats) -> float:
    """Share of permutations at least as extreme, the observed one counted among them (never zero)."""
    return float((1 + (permuted >= observed * (1 - _SAME)).sum()) / (1 + len(permuted)))


def bootstrap_weights(n: int, resamples: int, rng: np.random.Generator) -> Floats:
    """(resamples, n): how often each subject is drawn when n are drawn with replacement; of nobody, nobody is drawn."""
    if n == 0:
        return np.zeros((resamples, 0))
    return rng.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(float)
