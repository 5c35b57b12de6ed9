"""Is the predicted risk right, and is acting on it worth while? AUC at a time, calibration, decision curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from pbis.study.stats.concordance import inverse_censoring
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.km import interval_at, kaplan_meier
from pbis.study.stats.survival import Bools, Floats, Survival
from pbis.study.stats.ties import asked_times
from pbis.study.stats.wald import wald_interval

_LEAST_EVENTS = 3  # with fewer the slope's standard error means nothing; own choice


def auc_at(data: Survival, score: Floats, time: float, weights: Floats | None = None) -> float:
    """Cumulative/dynamic AUC at `time`: events by then against those still event-free, censoring weighted out.

    (Uno 2007; Hung and Chiang 2010; as the R package timeROC with marginal weights.) weights: draws of a resample.
    """
    asked = asked_times(np.array([time]), data.time)
    case, control = data.event & (data.time <= asked), data.time > asked
    if not case.any() or not control.any():
        return float("nan")
    drawn = np.ones(data.n) if weights is None else weights
    weight = (inverse_censoring(data) * drawn)[case]
    difference = score[case][:, None] - score[control][None, :]
    win = np.where(difference > 0, 1.0, np.where(difference == 0, 0.5, 0.0))
    total = weight.sum() * drawn[control].sum()
    return float(weight @ win @ drawn[control] / total) if total > 0 else float("nan")


@dataclass(frozen=True)
class CalibrationGroup:
    """A group of like predictions: how many, mean predicted risk, observed risk (Kaplan-Meier) with interval."""

    n: int
    predicted: float
    observed: float
    low: float
    high: float


def calibrate(data: Survival, risk: Floats, time: float, groups: int = 4) -> list[CalibrationGroup]:
    """Observed against predicted risk at `time`, in groups of equal size; equal predictions stay together. Observed is nan in a group of
    whom nobody is followed so long."""
    edges = np.unique(np.quantile(risk, np.linspace(0, 1, groups + 1)[1:-1]))
    code = np.searchsorted(edges, risk, side="right")
    found = []
    for value in np.unique(code):
        rows = code == value
        seen = interval_at(kaplan_meier(data.take(rows), "log-log"), time)
        found.append(
            CalibrationGroup(int(rows.sum()), float(risk[rows].mean()), 1 - seen.value, 1 - seen.high, 1 - seen.low)
        )
    return found


@dataclass(frozen=True)
class CalibrationSlope:
    """Cox coefficient of a linear predictor that was fitted elsewhere, with Wald's 95 % interval and p; 1 is right, below it is too extreme."""

    value: float
    low: float
    high: float
    p: float
    ties: str


def calibration_slope(data: Survival, linear_predictor: Floats, ties: str) -> CalibrationSlope | None:
    """The slope; None with fewer than three events, where all predictions are equal, or there is no estimate."""
    if data.events < _LEAST_EVENTS or np.ptp(linear_predictor) == 0:
        return None
    fit = fit_cox(data, linear_predictor, ("lp",), ties)
    if not fit.is_converged:
        return None
    slope = float(fit.coef[0])
    return CalibrationSlope(slope, *wald_interval(slope, float(fit.se[0])), float(fit.p[0]), fit.ties)


@dataclass(frozen=True)
class InTheLarge:
    """Events seen over events expected, 95 % interval and p of 1: above it the model predicts too few."""

    value: float
    low: float
    high: float
    p: float
    expected: float


def calibration_in_the_large(data: Survival, expected: Floats) -> InTheLarge | None:
    """Events seen against `expected` (n,), each patient's cumulative hazard at the end of his follow-up, by a model made elsewhere.

    The intercept of a Poisson model with ln(expected) as offset (Crowson et al. 2016, Stat Methods Med Res 25:1692), which has a
    closed form: ln(seen / expected) with standard error 1 / sqrt(seen). None without events seen or expected.
    """
    total = float(expected.sum())
    if not data.events or not total > 0:
        return None
    log_ratio, se = float(np.log(data.events / total)), data.events**-0.5
    low, high = wald_interval(log_ratio, se)
    p = float(2 * norm.sf(abs(log_ratio) / se))
    return InTheLarge(float(np.exp(log_ratio)), float(np.exp(low)), float(np.exp(high)), p, total)


def net_benefit(data: Survival, risk: Floats, time: float, thresholds: Floats) -> Floats:
    """Net benefit of acting where the predicted risk at `time` is at least the threshold (Vickers and Elkin 2006); nan where no risk is
    known at `time`, or none of those on whom one acts is followed so long."""
    if np.isnan(risk).any():
        return np.full(len(thresholds), np.nan)
    return np.array([_benefit(data, risk >= threshold, time, float(threshold)) for threshold in thresholds])


def _benefit(data: Survival, acts: Bools, time: float, threshold: float) -> float:
    if not acts.any():
        return 0.0
    event = 1 - interval_at(kaplan_meier(data.take(acts)), time).value
    return float(acts.mean() * (event - (1 - event) * threshold / (1 - threshold)))
