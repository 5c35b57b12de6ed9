"""Right-censored survival times, and the risk sets that every estimator on them walks through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbis.study.stats.ties import asked_times, tie_times

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Survival:
    """Follow-up `time` (n,) in any one unit and `event` (n,), true where the event was seen at that time."""

    time: Floats
    event: Bools

    @property
    def n(self) -> int:
        return len(self.time)

    @property
    def events(self) -> int:
        return int(self.event.sum())

    def take(self, rows: NDArray[np.generic]) -> Survival:
        """Rows by mask or by position; positions may repeat, as a bootstrap's do."""
        return Survival(self.time[rows], self.event[rows])

    def until(self, time: float) -> Survival:
        """The same followed to `time` at most: whoever is seen longer is censored there."""
        end = asked_times(np.array([time]), self.time)
        return Survival(np.minimum(self.time, end), self.event & (self.time <= end))


def survival(time: ArrayLike, event: ArrayLike) -> Survival:
    """Check, tie times that differ by a rounding, and pack: the one door to every estimator on survival times.

    ValueError where a time is missing or negative, or the lengths differ.
    """
    times = np.asarray(time, dtype=np.float64)
    flags = np.asarray(event).astype(bool)
    if times.ndim != 1 or times.shape != flags.shape:
        raise ValueError(f"time and event must be two vectors of one length; found {times.shape} and {flags.shape}")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("survival times must be finite and not negative")
    return Survival(tie_times(times), flags)


@dataclass(frozen=True)
class EventTable:
    """One row per distinct event time: how many had the event, how many were at risk just before."""

    time: Floats
    deaths: Ints
    at_risk: Ints


def event_table(data: Survival) -> EventTable:
    """Distinct event times, ascending. A subject censored at an event time counts as still at risk there."""
    times, deaths = np.unique(data.time[data.event], return_counts=True)
    at_risk = data.n - np.searchsorted(np.sort(data.time), times, side="left")
    return EventTable(times, deaths.astype(np.int64), at_risk.astype(np.int64))


@dataclass(frozen=True)
class RiskSets:
    """Events of one stratum as steps of the partial likelihood (e steps in g distinct times).

    order: rows by descending time, so that a cumulative sum up to `last[g]` is the risk set of time g;
    dead: rows that had the event, by ascending time; start: where each time begins in `dead`;
    group: distinct time of each step; share: part of the tied deaths that the step leaves out (Efron), 0 for Breslow.
    """

    order: Ints
    last: Ints
    dead: Ints
    start: Ints
    group: Ints
    share: Floats
    time: Floats


def risk_sets(data: Survival, rows: Ints, ties: str) -> RiskSets:
    """Risk sets of the given rows; ties "efron" or "breslow"."""
    if ties not in ("efron", "breslow"):
        raise ValueError(f"ties: expected efron or breslow; found {ties!r}")
    time = data.time[rows]
    by_time = np.argsort(time, kind="stable")
    order = rows[by_time[::-1]]
    dead = rows[by_time][data.event[rows][by_time]]
    distinct, start, deaths = np.unique(data.time[dead], return_index=True, return_counts=True)
    last = len(rows) - np.searchsorted(time[by_time], distinct, side="left") - 1
    group = np.repeat(np.arange(len(distinct)), deaths)
    share = (np.arange(len(dead)) - start[group]) / deaths[group] if ties == "efron" else np.zeros(len(dead))
    return RiskSets(order, last, dead, start, group, share, distinct)
