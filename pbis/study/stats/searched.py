"""A score made by searching: a cut-off per marker by lowest log-rank p, a point per marker beyond it, high from a given sum.

Repeating all of it in resamples shows how much of the result the search itself produced (Harrell's optimism bootstrap).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pbis.study.stats.concordance import agreement, comparable, harrell_c
from pbis.study.stats.scan import Prepared, best_cuts, bootstrap_weights, prepare
from pbis.study.stats.survival import Bools, Floats, Survival
from pbis.study.stats.two_groups import EventClock, clock, log_hazard_ratio
from pbis.study.stats.wald import wald_interval


@dataclass(frozen=True)
class Rule:
    """A found score: a cut per marker, whether values at or above it are the worse side, and the sum that makes high."""

    cut: Floats
    is_high_worse: Bools
    high_at: int

    def score(self, values: Floats) -> Floats:
        """Points summed, (n,); values (n, markers)."""
        above = values >= self.cut
        return np.asarray((above == self.is_high_worse).sum(axis=1), dtype=float)

    def high(self, values: Floats) -> Floats:
        return (self.score(values) >= self.high_at).astype(np.float64)


@dataclass(frozen=True)
class Performance:
    """Log hazard ratio of high against low, and Harrell's C of the sum; nan where there is only one group."""

    log_hr: float
    c: float


@dataclass(frozen=True)
class Repeats:
    """The score found in every resample, judged there (apparent) and on the original patients (test)."""

    apparent: tuple[Performance, ...]
    test: tuple[Performance, ...]
    cuts: Floats

    def optimism(self, what: str) -> float:
        """Mean of apparent - test of `log_hr` or `c`, over the resamples where both exist."""
        gap = np.array([getattr(a, what) - getattr(t, what) for a, t in zip(self.apparent, self.test, strict=True)])
        kept = gap[np.isfinite(gap)]
        return float(kept.mean()) if len(kept) else float("nan")

    def values(self, which: str, what: str) -> Floats:
        return np.array([getattr(p, what) for p in getattr(self, which)])


@dataclass(frozen=True)
class Corrected:
    """A measure of a searched score less its optimism, with a 95 % interval that always holds the corrected value."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Searcher:
    """The patients, sorted once by every marker."""

    data: Survival
    values: Floats
    prepared: tuple[Prepared, ...]
    pairs: Floats
    min_share: float
    high_at: int
    is_one_sided: bool
    clock: EventClock

    def find(self, weights: Floats) -> Rule:
        """The rule that the search finds among patients drawn `weights` (n,) times each."""
        return self.find_all(weights[None, :])[0]

    def find_all(self, weights: Floats) -> list[Rule]:
        """The rule of every resample; weights (resamples, n)."""
        found = [best_cuts(one, weights[:, one.order], self.min_share) for one in self.prepared]
        cuts = np.column_stack([one.cut for one in found])
        worse = np.column_stack([one.is_high_worse for one in found])
        worse = np.ones_like(worse) if self.is_one_sided else worse
        return [Rule(cut, is_worse, self.high_at) for cut, is_worse in zip(cuts, worse, strict=True)]

    def judge(self, rule: Rule, weights: Floats) -> Performance:
        """How the rule does among patients drawn `weights` times each."""
        high, score = rule.high(self.values), rule.score(self.values)
        good = self.pairs * agreement(score)
        pairs = float((weights @ self.pairs) @ weights)
        c = float((weights @ good) @ weights) / pairs if pairs else float("nan")
        return Performance(log_hazard_ratio(self.clock, high, "efron", weights)[0], c)


def searcher(data: Survival, values: Floats, min_share: float, high_at: int, is_one_sided: bool = False) -> Searcher:
    """values (n, markers), none missing. is_one_sided: points always go to values at or above the cut, as in the paper."""
    prepared = tuple(prepare(data, column) for column in values.T)
    return Searcher(
        data, values, prepared, comparable(data).astype(float), min_share, high_at, is_one_sided, clock(data)
    )


# Share of the optimism taken off that the lower end of the hazard ratio's interval is let down by once more. On noise the bootstrap takes
# off two thirds of the optimism (0.70 of 1.04 on the log scale: every resample is searched among patients that already belong to a found
# score), so what it leaves behind is half of what it took (bench/study.py).
_LEFT_BEHIND = 0.5


@dataclass(frozen=True)
class Covered:
    """What the bench has tried the interval on. An interval is printed for searches of this kind only."""

    patients: tuple[int, int] = (60, 200)
    least_events: int = 25
    markers: tuple[int, int] = (3, 4)
    min_share: float = 0.1
    high_at: int = 2
    least_resamples: int = 100

    def holds(self, found: Searcher, resamples: int) -> bool:
        n, markers = found.values.shape
        is_same = found.min_share == self.min_share and found.high_at == self.high_at and not found.is_one_sided
        is_sized = self.patients[0] <= n <= self.patients[1] and self.markers[0] <= markers <= self.markers[1]
        return is_same and is_sized and found.data.events >= self.least_events and resamples >= self.least_resamples


def corrected(found: Searcher, rule: Rule, repeats: Repeats, what: str) -> Corrected:
    """`log_hr` or `c` of the rule found in all patients, less the optimism, +- 1.96 standard errors of the uncorrected value.

    The lower end of `log_hr` is let down by half of the optimism once more, for the bootstrap leaves a third of it behind.
    The spread of the resamples' own results is no interval for it: every resample is searched again for its own best score, so
    that spread lies above no effect and, moved down once, still does (pbis.study.truth measures how often each holds the truth).
    """
    apparent, optimism = found.judge(rule, np.ones(found.data.n)), repeats.optimism(what)
    middle = getattr(apparent, what) - optimism
    low, high = wald_interval(middle, _standard_error(found, rule, what))
    if what == "c":
        return Corrected(middle, max(low, 0.0), min(high, 1.0))
    return Corrected(middle, low - _LEFT_BEHIND * max(optimism, 0.0), high)


def _standard_error(found: Searcher, rule: Rule, what: str) -> float:
    if what == "c":
        return harrell_c(found.data, rule.score(found.values)).se
    return float(np.sqrt(log_hazard_ratio(found.clock, rule.high(found.values), "efron")[1]))


def repeat_search(
    found: Searcher, resamples: int, rng: np.random.Generator, tell: Callable[[int], None] = lambda _: None
) -> Repeats:
    """Search again in every bootstrap sample; judge there and on the original patients. tell: called with how many are done."""
    whole = np.ones(found.data.n)
    apparent, test, cuts = [], [], []
    drawn = bootstrap_weights(found.data.n, resamples, rng)
    for k, (weights, rule) in enumerate(zip(drawn, found.find_all(drawn), strict=True)):
        apparent.append(found.judge(rule, weights))
        test.append(found.judge(rule, whole))
        cuts.append(rule.cut)
        tell(k + 1)
    return Repeats(tuple(apparent), tuple(test), np.array(cuts))
