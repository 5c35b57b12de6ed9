"""Cox's model of two groups by counts: the same estimate as `fit_cox` on one 0/1 column, for the thousands of fits of a resampling.

Patients are counted at each distinct time, so nothing is sorted again and a resample is a vector of weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.stats.cox import CONVERGED, DIVERGED, FLAT, MAX_STEPS
from pbis.study.stats.survival import Floats, Ints, Survival

_NONE = (float("nan"), float("nan"))


@dataclass(frozen=True)
class EventClock:
    """The place of each patient's time among the distinct times, how many of these there are, and who had the event."""

    place: Ints
    times: int
    event: Floats


def clock(data: Survival) -> EventClock:
    times, place = np.unique(data.time, return_inverse=True)
    return EventClock(place, len(times), data.event.astype(float))


def log_hazard_ratio(at: EventClock, high: Floats, ties: str, weights: Floats | None = None) -> tuple[float, float]:
    """Log hazard ratio of `high` (0 or 1) and its variance; nan where a group without events, or no second group, leaves no estimate.

    weights: how often each patient was drawn; without them once each. A patient of weight 0 is not there, whatever his group.
    """
    drawn = np.ones(len(high)) if weights is None else weights
    in_high = drawn * np.where(drawn > 0, high, 0.0)
    size, share = float(drawn.sum()), float(in_high.sum())
    if share in (0.0, size) or not (drawn * at.event).any():
        return _NONE
    steps = _steps(at, drawn, in_high, ties)
    spread = (share / size * (1 - share / size)) ** 0.5
    return _newton(*steps, float((in_high * at.event).sum()), spread)


def _steps(at: EventClock, drawn: Floats, in_high: Floats, ties: str) -> tuple[Floats, Floats]:
    """Number at risk in the high and in the low group at each event step, less Efron's share of those who die together."""
    risk_all, risk_high = (_at_risk(np.bincount(at.place, part, at.times).astype(float)) for part in (drawn, in_high))
    die_all, die_high = (np.bincount(at.place, part * at.event, at.times) for part in (drawn, in_high))
    which = np.repeat(np.arange(at.times), np.rint(die_all).astype(np.int64))
    high, everybody = risk_high[which], risk_all[which]
    if ties == "efron" and len(which) > np.count_nonzero(die_all):
        first = np.searchsorted(which, which)
        part = (np.arange(len(which)) - first) / die_all[which]
        high, everybody = high - part * die_high[which], everybody - part * die_all[which]
    return high, everybody - high


def _at_risk(leaving: Floats) -> Floats:
    return np.cumsum(leaving[::-1])[::-1]


def _newton(high: Floats, low: Floats, deaths: float, spread: float) -> tuple[float, float]:
    """Newton's method with step halving, ended as `fit_cox` ends it, so that the digits are its digits."""
    beta, now = 0.0, _likelihood(0.0, high, low, deaths)
    for _ in range(MAX_STEPS):
        share = now[1]
        information = float((share * (1 - share)).sum())
        move = (deaths - float(share.sum())) / information if information > 0 else 0.0
        after = _likelihood(beta + move, high, low, deaths)
        for _ in range(12):
            if np.isfinite(after[0]) and after[0] >= now[0] - 1e-10 * abs(now[0]):
                break
            move /= 2
            after = _likelihood(beta + move, high, low, deaths)
        beta, gain, now = beta + move, after[0] - now[0], after
        if abs(beta) * spread > DIVERGED:
            return _NONE
        if abs(gain) <= CONVERGED * abs(now[0]):
            information = float((now[1] * (1 - now[1])).sum())
            return (beta, 1 / information) if information**0.5 * FLAT > spread else _NONE
    return _NONE


def _likelihood(beta: float, high: Floats, low: Floats, deaths: float) -> tuple[float, Floats]:
    """Log partial likelihood, and the share of the hazard that is in the high group at each step."""
    weight = np.exp(np.clip(beta, -200, 200)) * high
    total = weight + low
    return float(beta * deaths - np.log(total).sum()), weight / total
