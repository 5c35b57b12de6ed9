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
    times each is at risk; at_risk, dies (times, n): 1 where it is, and where it has the event then."""

    order: Ints
    value: Floats
    ends: Ints
    upto: Ints
    at_risk: Floats
    dies: Floats
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
    dies = ((time[None, :] == times[:, None]) & event[None, :]).astype(float)
    upto = np.searchsorted(times, time, side="right")
    return Prepared(order, value, ends, upto, at_risk, dies, event.astype(float))


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
    difference, chisq = (part[0, keep] for part in _statistics(made, np.ones((1, data.n))))
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
    """What each subject, drawn so often, adds to the numbers of whoever is above a cut; a row a resample.

    excess (rows, n): observed - expected events; linear (rows, n): the part of the variance that is a sum; square (rows, times): the
    factor of (number at risk above the cut)^2, which is taken off it.
    """

    excess: Floats
    linear: Floats
    square: Floats


def _terms(made: Prepared, weights: Floats) -> _Terms:
    n, d = weights @ made.at_risk.T, weights @ made.dies.T
    some = np.maximum(n, 1.0)
    spread = np.where(n > 1, d * (n - d), 0.0) / (np.maximum(n - 1, 1.0) * some)
    none = np.zeros((len(weights), 1))
    hazard, linear = (np.hstack([none, np.cumsum(part, axis=1)])[:, made.upto] for part in (d / some, spread))
    return _Terms(weights * (made.event - hazard), weights * linear, spread / some)


def _statistics(made: Prepared, weights: Floats) -> tuple[Floats, Floats]:
    """Observed - expected events at and above each distinct value, and the log-rank statistic, (rows, values) each."""
    terms = _terms(made, weights)
    square = np.stack([_at_risk_squared(made, *one) for one in zip(weights, terms.square, strict=True)])
    difference = np.cumsum(terms.excess, axis=1)[:, made.ends]
    return difference, _chi_squares(difference, np.cumsum(terms.linear, axis=1)[:, made.ends] - square)


def _at_risk_squared(made: Prepared, weight: Floats, factor: Floats) -> Floats:
    """Sum over the event times of factor x (number at risk at and above each distinct value)^2; whoever is not drawn is passed over."""
    drawn = np.flatnonzero(weight)
    summed = _summed_squares(made, drawn, weight[drawn], factor)
    return np.asarray(np.concatenate([[0.0], summed])[np.searchsorted(drawn, made.ends, side="right")])


def _summed_squares(made: Prepared, rows: Ints, weight: Floats | None, factor: Floats) -> Floats:
    above = made.at_risk.take(rows, axis=1)
    if weight is not None:
        above *= weight
    np.add.accumulate(above, axis=1, out=above)
    return np.asarray(factor @ np.square(above, out=above))


def _chi_squares(difference: Floats, variance: Floats) -> Floats:
    return np.divide(difference**2, variance, out=np.zeros_like(variance), where=variance > _NOTHING)


@dataclass(frozen=True)
class Resampled:
    """Best cut of every resample: cut, statistic, and whether the high side is worse. nan where none was allowed."""

    cut: Floats
    chisq: Floats
    is_high_worse: Bools


def scan_resamples(data: Survival, marker: Floats, weights: Floats, min_share: float = 0.1) -> Resampled:
    """Repeat the search in resamples. weights (resamples, n): how often each subject was drawn."""
    made = prepare(data, marker)
    return best_cuts(made, weights[:, made.order], min_share)


_AT_ONCE = 500  # resamples or permutations in one array: a megabyte for 200 patients


def best_cuts(made: Prepared, weights: Floats, min_share: float) -> Resampled:
    """The best cut of every resample; weights (resamples, n): draws of each subject, in the order of `made`."""
    parts = [_best(made, weights[k : k + _AT_ONCE], min_share) for k in range(0, len(weights), _AT_ONCE)]
    cut, chisq, difference = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Resampled(cut, chisq, difference > 0)


def _best(made: Prepared, weights: Floats, min_share: float) -> tuple[Floats, Floats, Floats]:
    above = np.cumsum(weights, axis=1)[:, made.ends]
    total = above[:, -1:]
    low, high = np.array([bounds(int(n), min_share) for n in total[:, 0]]).T[:, :, None]
    seen = np.diff(above, axis=1, prepend=0.0) > 0  # the value itself was drawn
    is_allowed = seen & (total - above >= low) & (total - above <= high)
    difference, chisq = _statistics(made, weights)
    chisq = np.where(is_allowed, chisq, -1.0)
    top = chisq.max(axis=1, keepdims=True)
    is_top = is_allowed & (chisq >= top - _SAME * np.abs(top))  # of equals the lowest cut, which is the last here
    place = is_top.shape[1] - 1 - np.argmax(is_top[:, ::-1], axis=1)
    rows, none = np.arange(len(weights)), ~is_allowed.any(axis=1)
    cut = np.where(none, np.nan, made.value[made.ends[place]])
    return cut, np.where(none, np.nan, chisq[rows, place]), np.where(none, 0.0, difference[rows, place])


def permuted_maxima(
    data: Survival, marker: Floats, permutations: int, rng: np.random.Generator, min_share: float = 0.1
) -> Floats:
    """Largest log-rank statistic over all cuts when marker and survival are paired at random."""
    made = prepare(data, marker)
    low, high = bounds(data.n, min_share)
    n_low = data.n - 1 - made.ends
    ends = made.ends[(n_low >= low) & (n_low <= high)]
    terms = _terms(made, np.ones((1, data.n)))
    parts = []
    for k in range(0, permutations, _AT_ONCE):
        rows = np.stack([rng.permutation(data.n) for _ in range(min(_AT_ONCE, permutations - k))])
        square = np.stack([_summed_squares(made, one, None, terms.square[0])[ends] for one in rows])
        difference, linear = (np.cumsum(part[0][rows], axis=1)[:, ends] for part in (terms.excess, terms.linear))
        parts.append(_chi_squares(difference, linear - square).max(axis=1))
    return np.concatenate(parts)


def permutation_p(observed: float, permuted: Floats) -> float:
    """Share of permutations at least as extreme, the observed one counted among them (never zero)."""
    return float((1 + (permuted >= observed * (1 - _SAME)).sum()) / (1 + len(permuted)))


def bootstrap_weights(n: int, resamples: int, rng: np.random.Generator) -> Floats:
    """(resamples, n): how often each subject is drawn when n are drawn with replacement; of nobody, nobody is drawn."""
    if n == 0:
        return np.zeros((resamples, 0))
    return rng.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(float)
