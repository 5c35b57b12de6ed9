"""Baselines (guide sets): from which plates the mean and the SD come that a plate is held against.

The guide set of a series is its first accepted plates, `guide` of them, and stays: limits that follow the process would follow
it into drift. Before it is full, a plate is held against all accepted plates before it, with Student's t in place of the normal
distribution: mean +- t s sqrt(1 + 1/n), so that a baseline of five plates rejects no more good ones than one of fifty. A person
may give a guide set instead, by its runs or by mean and SD.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pbis.core.measures.group import Codes, Mask, Reals

LEAST_TAIL = 1e-300  # near the smallest double: the normal score of 0 would be infinite


@dataclass(frozen=True)
class GuideSet:
    """A guide set as a person gave it, for one series; `runs` or both `mean` and `sd`. Empty lot or instrument: any."""

    analyte: str
    metric: str
    lot: str
    instrument: str
    runs: tuple[str, ...]
    mean: float | None
    sd: float | None
    author: str
    reason: str
    source: str

    def is_for(self, key: tuple[str, ...]) -> bool:
        """Whether it speaks of the series (analyte, metric, lot, instrument, method)."""
        wanted = (self.analyte, self.metric, self.lot, self.instrument)
        return all(not own or own == other for own, other in zip(wanted, key, strict=False))


@dataclass(frozen=True)
class ZScores:
    """A series in the order of its plates, arrays of its length.

    mean, sd: of the baseline that each plate is held against; count: accepted plates behind it (0 where mean and SD were given);
    prior: accepted plates before it; z: standard score, NaN without a baseline.
    """

    mean: Reals
    sd: Reals
    count: Codes
    prior: Codes
    z: Reals


@dataclass(frozen=True)
class ScoredBefore:
    """What came before the plates of a series that are held against it now: values of its guide set so far, those of plates that a
    person named, and how many plates were accepted."""

    guide: Reals
    named: Reals
    accepted: int


NOTHING = ScoredBefore(np.zeros(0), np.zeros(0), 0)


def scores(value: Reals, is_accepted: Mask, guide: int, least: int, before: ScoredBefore = NOTHING) -> ZScores:
    """Hold each plate of a series against the accepted plates before it, `guide` of them at most, `least` at least."""
    prior = before.accepted + accepted_before(is_accepted)
    count = np.minimum(prior, guide)
    taken = np.concatenate((before.guide, value[is_accepted]))[:guide]
    size = np.arange(len(taken) + 1)
    means, sds = mean_and_sd(taken, np.zeros(len(size), np.int64), size)
    enough = count >= max(least, 2)
    mean, sd = (np.where(enough, of[count], np.nan) for of in (means, sds))
    return _scored(value, mean, sd, np.where(enough, count, 0), prior, guide)


def mean_and_sd(value: Reals, start: Codes, stop: Codes) -> tuple[Reals, Reals]:
    """Mean and SD (n - 1) of value[start:stop] for each pair; NaN where there are too few."""
    origin = float(value[0]) if len(value) else 0.0
    sums, squares = (np.concatenate(([0.0], np.cumsum((value - origin) ** power))) for power in (1, 2))
    return from_sums(origin, sums, squares, start, stop)


def from_sums(origin: float, sums: Reals, squares: Reals, start: Codes, stop: Codes) -> tuple[Reals, Reals]:
    """The same from the sums of differences from the origin, and of their squares, up to each place."""
    size = (stop - start).astype(np.float64)
    total, square = sums[stop] - sums[start], squares[stop] - squares[start]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(size > 0, total / size, np.nan)
        variance = np.maximum(square - total * mean, 0.0) / (size - 1)
        return origin + mean, np.where(size > 1, np.sqrt(variance), np.nan)


def given(value: Reals, is_accepted: Mask, mean: float, sd: float, before: ScoredBefore = NOTHING) -> ZScores:
    """Hold every plate against a mean and an SD that a person gave."""
    whole = np.ones(len(value))
    none = np.zeros(len(value), np.int64)
    prior = before.accepted + accepted_before(is_accepted)
    return _scored(value, mean * whole, sd * whole, none, prior, 0)


def accepted_before(is_accepted: Mask) -> Codes:
    """For each plate of a series the accepted plates before it."""
    before: Codes = np.cumsum(is_accepted).astype(np.int64) - is_accepted.astype(np.int64)
    return before


def by_runs(
    value: Reals, is_guide: Mask, is_accepted: Mask, guide: int, least: int, before: ScoredBefore = NOTHING
) -> ZScores:
    """Hold the plates after the named ones against these; the plates up to the last of them as if nothing had been named."""
    own = scores(value, is_accepted, guide, least, before)
    named = np.concatenate((before.named, value[is_guide]))
    size = len(named)
    if size < 2:
        return own
    after = np.arange(len(value)) > (int(np.flatnonzero(is_guide)[-1]) if is_guide.any() else -1)
    mean, sd = (np.where(after, x, y) for x, y in _pairs(named, own))
    count = np.where(after, size, own.count)
    return _scored(value, mean, sd, count, own.prior, guide)


def limit(mean: Reals, sd: Reals, count: Codes, guide: int, sds: float) -> Reals:
    """mean + `sds` SD (negative: below it); for fewer than `guide` plates the limit that as few good plates leave, by Student's t."""
    from scipy.special import ndtr, stdtrit  # as in pbis.core.measures.level

    few = (count > 1) & (count < guide)
    size = np.maximum(count, 2).astype(np.float64)
    tail = float(ndtr(-abs(sds)))  # of the normal distribution beyond the limit, one side
    reach = np.where(few, stdtrit(size - 1, 1 - tail) * np.sqrt(1 + 1 / size), abs(sds))
    found: Reals = mean + np.sign(sds) * reach * sd
    return found


def version(parts: Sequence[str]) -> str:
    """A short name of what made a baseline; equal names mean equal plates or numbers."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _pairs(taken: Reals, own: ZScores) -> tuple[tuple[float, Reals], tuple[float, Reals]]:
    return (float(taken.mean()), own.mean), (float(taken.std(ddof=1)), own.sd)


def _scored(value: Reals, mean: Reals, sd: Reals, count: Codes, prior: Codes, guide: int) -> ZScores:
    sd = np.where(sd > 0, sd, np.nan)  # plates that all agree to the last digit give no scale
    plain = (value - mean) / sd
    few = (count > 1) & (count < guide)
    z = np.where(few, as_normal(plain, np.maximum(count, 2)), plain)
    return ZScores(mean, sd, count, prior, z)


def as_normal(plain: Reals, count: Codes) -> Reals:
    """(x - mean)/s of a baseline of `count` plates as the normal score that is as rare; so all rules use one scale."""
    from scipy.special import ndtri, stdtr

    size = count.astype(np.float64)
    tail = np.maximum(stdtr(size - 1, -np.abs(plain) / np.sqrt(1 + 1 / size)), LEAST_TAIL)
    normal: Reals = -np.sign(plain) * ndtri(tail)
    return normal
