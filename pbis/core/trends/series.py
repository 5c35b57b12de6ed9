"""One series: its plates held against those before them, from the first one or from where an earlier night left off.

A plate looks only back, so what counts of the plates before it is little and does not grow: it is kept, and a night that brings
further plates goes on from it. Going on gives the same numbers to the last bit, since sums are taken up where they stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pbis.core.measures import group as by
from pbis.core.measures.group import Mask, Reals
from pbis.core.measures.qc import TrendSettings
from pbis.core.trends.baseline import GuideSet, ScoredBefore, ZScores, by_runs, from_sums, given, scores
from pbis.core.trends.westgard import run_length

CONTROLS = ("qc1", "qc2")
Moment = tuple[datetime, str, int]  # start, run and number of a plate: their order is that of the series


@dataclass(frozen=True)
class SeriesState:
    """What of the plates of a series counts for those after them.

    guide, guide_runs: values (as they are held against each other) and runs of its first accepted plates, as many as a guide set
    holds; named: values of the plates that a person named; accepted: accepted plates in all; origin: first accepted value of a
    control; sums, squares: of the differences from it up to each of the latest accepted plates, as far back as the window of the CV;
    sides, lengths: on which side how many plates in a row lie, of rules 2_2s, 4_1s and 10_x; first_at: its first plate; last: its
    last one.
    """

    guide: tuple[float, ...] = ()
    guide_runs: tuple[str, ...] = ()
    named: tuple[float, ...] = ()
    accepted: int = 0  # of none yet, as all below: a series begins without a plate
    origin: float | None = None
    sums: tuple[float, ...] = (0.0,)  # before the first plate
    squares: tuple[float, ...] = (0.0,)  # before the first plate
    sides: tuple[int, ...] = (0, 0, 0)  # one of each rule; 0 is neither side
    lengths: tuple[int, ...] = (0, 0, 0)  # one of each rule
    first_at: datetime | None = None
    last: Moment | None = None


@dataclass(frozen=True)
class Plates:
    """Plates of a series that come now, in their order. is_log: held against its plates on the log scale, unless a person gave mean
    and SD, which are in the value's unit."""

    value: Reals
    is_accepted: Mask
    run: list[str]
    is_log: bool

    @property
    def scaled(self) -> Reals:
        return by.log(self.value) if self.is_log else self.value

    def and_one_more(self) -> Plates:
        """With a plate of which nothing is known yet."""
        return Plates(np.append(self.value, np.nan), np.append(self.is_accepted, False), [*self.run, ""], self.is_log)


def held_against(one: Plates, guide: GuideSet | None, settings: TrendSettings, since: SeriesState) -> ZScores:
    """Each plate against the baseline that it meets."""
    before = _before(since)
    if guide is None:
        return scores(one.scaled, one.is_accepted, settings.guide_plates, settings.least_plates, before)
    if guide.mean is not None and guide.sd is not None:
        return given(one.value, one.is_accepted, guide.mean, guide.sd, before)
    named = np.isin(one.run, guide.runs)
    return by_runs(one.scaled, named, one.is_accepted, settings.guide_plates, settings.least_plates, before)


def window_cv(one: Plates, size: int, since: SeriesState) -> tuple[Reals, Reals]:
    """Of each plate: accepted plates in the window that ends with it, and their CV in percent."""
    count, cv = np.zeros(len(one.value)), np.full(len(one.value), np.nan)
    at = np.flatnonzero(one.is_accepted)
    if not len(at):
        return count, cv
    origin, sums, squares = _summed(one, since)
    stop = since.accepted + np.arange(1, len(at) + 1)
    start = np.maximum(0, stop - size)
    skipped = since.accepted + 1 - len(since.sums)  # sums that no window reaches any more are not kept
    mean, sd = from_sums(origin, sums, squares, start - skipped, stop - skipped)
    count[at] = stop - start
    cv[at] = 100 * by.ratio(sd, mean)
    return count, cv


def rows_beyond(found: ZScores, settings: TrendSettings, since: SeriesState) -> list[Reals]:
    """Plates in a row on one side, of rules 2_2s, 4_1s and 10_x; NaN without a score."""
    beyond = zip(_limits(settings), since.sides, since.lengths, strict=True)
    return [np.where(np.isnan(found.z), np.nan, run_length(found.z, sds, side, size)) for sds, side, size in beyond]


def used_runs(one: Plates, settings: TrendSettings, since: SeriesState) -> tuple[str, ...]:
    """Runs of the guide set as it stands after these plates."""
    own = [one.run[i] for i in np.flatnonzero(one.is_accepted)[: settings.guide_plates].tolist()]
    return (*since.guide_runs, *own)[: settings.guide_plates]


def after(
    one: Plates,
    when: Sequence[Moment],
    found: ZScores,
    is_control: bool,
    guide: GuideSet | None,
    settings: TrendSettings,
    since: SeriesState,
) -> SeriesState:
    """What counts for the plates that come after these."""
    named = one.scaled[np.isin(one.run, guide.runs)].tolist() if guide and guide.mean is None else []
    origin, sums, squares = _summed(one, since) if is_control and one.is_accepted.any() else _unchanged(since)
    kept = settings.cv_plates + 1
    sides, lengths = _in_a_row(found, settings, since)
    return SeriesState(
        guide=(*since.guide, *one.scaled[one.is_accepted].tolist())[: settings.guide_plates],
        guide_runs=used_runs(one, settings, since),
        named=(*since.named, *named),
        accepted=since.accepted + int(one.is_accepted.sum()),
        origin=origin,
        sums=tuple(sums[-kept:].tolist()),
        squares=tuple(squares[-kept:].tolist()),
        sides=sides,
        lengths=lengths,
        first_at=since.first_at or when[0][0],
        last=when[-1],
    )


def _before(since: SeriesState) -> ScoredBefore:
    return ScoredBefore(np.array(since.guide, float), np.array(since.named, float), since.accepted)


def _limits(settings: TrendSettings) -> tuple[float, float, float]:
    return settings.pair_sds, settings.shift_sds, 0.0


def _summed(one: Plates, since: SeriesState) -> tuple[float, Reals, Reals]:
    """Origin, and the sums so far with those of these plates."""
    value = one.value[one.is_accepted]
    origin = float(value[0]) if since.origin is None else since.origin
    sums, squares = (
        np.concatenate((old[:-1], np.cumsum(np.concatenate((old[-1:], (value - origin) ** power)))))
        for old, power in ((since.sums, 1), (since.squares, 2))
    )
    return origin, sums, squares


def _unchanged(since: SeriesState) -> tuple[float | None, Reals, Reals]:
    return since.origin, np.array(since.sums), np.array(since.squares)


def _in_a_row(found: ZScores, settings: TrendSettings, since: SeriesState) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Side of the last plate that has a score, and how many lie there in a row."""
    scored = np.flatnonzero(~np.isnan(found.z))
    if not len(scored):
        return since.sides, since.lengths
    z = float(found.z[scored[-1]])
    sides = tuple(int(z > sds) - int(z < -sds) for sds in _limits(settings))
    lengths = tuple(int(row[scored[-1]]) for row in rows_beyond(found, settings, since))
    return sides, lengths
