"""Kaplan-Meier curves with R's conventions: intervals, medians, numbers at risk, restricted means.

The median follows `survival::survfit`: the first time with S(t) below one half; where S(t) is one half exactly, the middle
of that flat piece. (Kaplan and Meier 1958; Greenwood 1926; Brookmeyer and Crowley 1982.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from pbis.study.stats.survival import Floats, Ints, Survival
from pbis.study.stats.ties import asked_times
from pbis.study.stats.wald import wald_interval

_TOLERANCE = float(np.finfo(float).eps) ** 0.5
CONFIDENCE = ("log", "log-log", "plain")


@dataclass(frozen=True)
class SurvivalCurve:
    """One row per distinct time, event or censoring: at_risk, events, censored, S(t) and its interval."""

    time: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    low: Floats
    high: Floats
    log_se: Floats
    confidence: str

    @property
    def n(self) -> int:
        return int(self.at_risk[0]) if len(self.at_risk) else 0


@dataclass(frozen=True)
class CurveEstimate:
    """An estimate with its 95 % interval; nan where the curve does not reach it."""

    value: float
    low: float
    high: float


def kaplan_meier(data: Survival, confidence: str = "log", level: float = 0.95) -> SurvivalCurve:
    """The product-limit curve; `confidence` is the scale of the interval: log (R's default), log-log or plain."""
    if confidence not in CONFIDENCE:
        raise ValueError(f"confidence: expected one of {', '.join(CONFIDENCE)}; found {confidence!r}")
    times, inverse = np.unique(data.time, return_inverse=True)
    events = np.bincount(inverse, weights=data.event, minlength=len(times)).astype(np.int64)
    leaving = np.bincount(inverse, minlength=len(times)).astype(np.int64)
    at_risk = data.n - np.concatenate([[0], np.cumsum(leaving)[:-1]]).astype(np.int64)
    value: Floats = np.cumprod(1.0 - events / at_risk, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0)
        log_se: Floats = np.sqrt(np.cumsum(step, dtype=np.float64))
    low, high = _bounds(value, log_se, confidence, float(norm.ppf(0.5 + level / 2)))
    return SurvivalCurve(times, at_risk, events, leaving - events, value, low, high, log_se, confidence)


def _bounds(value: Floats, log_se: Floats, confidence: str, z: float) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if confidence == "plain":
            wide = z * value * log_se
            low, high = np.maximum(value - wide, 0.0), np.minimum(value + wide, 1.0)
        elif confidence == "log":
            low, high = value * np.exp(-z * log_se), np.minimum(value * np.exp(z * log_se), 1.0)
        else:
            turn = z * log_se / np.log(value)
            inner, outer = (
                np.exp(-np.exp(np.log(-np.log(value)) - turn)),
                np.exp(-np.exp(np.log(-np.log(value)) + turn)),
            )
            low, high = np.where(value == 1.0, 1.0, inner), np.where(value == 1.0, 1.0, outer)
    is_zero = value == 0.0
    return np.where(is_zero, np.nan, low), np.where(is_zero, np.nan, high)


def quantile(curve: SurvivalCurve, survival: float = 0.5) -> CurveEstimate:
    """Time at which S(t) falls to `survival`, with the interval read off the curve's own bounds."""
    value, low, high = (_crossing(curve.time, s, survival) for s in (curve.survival, curve.low, curve.high))
    return CurveEstimate(value, low, high)


def _crossing(time: Floats, value: Floats, target: float) -> float:
    keep = np.isfinite(value) & (value < target + _TOLERANCE)
    if not keep.any():
        return float("nan")
    x, y = time[keep], value[keep]
    below = np.flatnonzero(y < y[0])
    if abs(y[0] - target) < _TOLERANCE and len(below):
        return float((x[0] + x[below[0]]) / 2)
    return float(x[0])


def at(curve: SurvivalCurve, times: Floats) -> Floats:
    """S(t) at the given times: 1 before the first, flat after the last."""
    place = np.searchsorted(curve.time, asked_times(times, curve.time), side="right")
    return np.concatenate([[1.0], curve.survival])[place]


def before(curve: SurvivalCurve, times: Floats) -> Floats:
    """S(t-) just before the given times."""
    place = np.searchsorted(curve.time, asked_times(times, curve.time), side="left")
    return np.concatenate([[1.0], curve.survival])[place]


def number_at_risk(data: Survival, times: Floats) -> Ints:
    """How many are followed to at least each time."""
    asked = asked_times(times, data.time)
    return (data.n - np.searchsorted(np.sort(data.time), asked, side="left")).astype(np.int64)


def interval_at(curve: SurvivalCurve, time: float) -> CurveEstimate:
    """S(time) with its interval; nan behind the last time at which anybody was seen, unless all had died by then."""
    asked = asked_times(np.array([time]), curve.time)
    if curve.n and asked[0] > curve.time[-1] and curve.survival[-1] > 0:
        return CurveEstimate(float("nan"), float("nan"), float("nan"))
    place = int(np.searchsorted(curve.time, asked, side="right")[0]) - 1
    if place < 0:
        return CurveEstimate(1.0, 1.0, 1.0)
    return CurveEstimate(float(curve.survival[place]), float(curve.low[place]), float(curve.high[place]))


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time lived up to `horizon`, with its standard error."""

    horizon: float
    value: float
    se: float


def restricted_mean(data: Survival, horizon: float) -> RestrictedMean:
    """Area under the curve to `horizon`; variance as in `print(survfit, rmean=)` of R (Greenwood's, without n/(n-1))."""
    curve = kaplan_meier(data)
    inside = curve.time < asked_times(np.array([horizon]), curve.time)
    edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
    areas = np.diff(edges) * np.concatenate([[1.0], curve.survival[inside]])
    ahead = areas.sum() - np.cumsum(areas)[: inside.sum()]  # area to the right of each time
    d, r = curve.events[inside], curve.at_risk[inside]
    usable = (d > 0) & (r > d)
    variance = float((ahead[usable] ** 2 * d[usable] / (r[usable] * (r[usable] - d[usable]))).sum())
    return RestrictedMean(horizon, float(areas.sum()), variance**0.5)


@dataclass(frozen=True)
class RestrictedDifference:
    """Second less first of two restricted means, with its 95 % interval and z test; p is nan where nobody died in either."""

    first: float
    second: float
    value: float
    low: float
    high: float
    p: float


def restricted_difference(first: RestrictedMean, second: RestrictedMean) -> RestrictedDifference:
    value, se = second.value - first.value, float(np.hypot(first.se, second.se))
    p = float(2 * norm.sf(abs(value) / se)) if se else float("nan")
    return RestrictedDifference(first.value, second.value, value, *wald_interval(value, se), p)
