"""How does the instrument fit: least squares on net MFI, one point a standard well, weight 1/y^2, no prior.

A weight is 1 where the net MFI is 0. A may be negative. The minimum is sought from several starts, because flat and steep
solutions can both be minima; a minimum inside the bounds is preferred over one at a bound, as there the curve is degenerate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pbis.core.arrays import Flags, Floats
from pbis.core.curves.lm import TWICE, FitProblem, Minimum, gauss_newton, hold, minimise
from pbis.core.curves.logistic import forward, gradient, shape
from pbis.core.curves.method import FIT
from pbis.core.curves.robust import CurveFit, inverse_spd
from pbis.core.curves.standards import Standards, level_means
from pbis.core.curves.start import FIVE, FOUR, grid_start

_STARTS = 3  # one for each asymmetry of the grid
_ITERATIONS = 400  # large residuals at low doses make some of these slow
_SLOPE = (0.02, FIT.largest_exponent)
_ASYMMETRY = (1e-3, FIT.largest_exponent)
_HIGHEST_S = 1e7  # top at most this many times the highest response


def instrument_root_weight(points: Standards) -> Floats:
    """1/|y|, 1 where y is 0, 0 where there is no reading."""
    size = np.abs(points.y)
    return np.where(points.is_read, 1.0 / np.where(size > 0, size, 1.0), 0.0)


def fit_xponent(points: Standards, is_five: Flags) -> CurveFit:
    """Fit net MFI of the dosed points as the instrument does; is_five (n,) tells 5PL from 4PL."""
    if points.size == 1:
        return fit_xponent(points.take(TWICE), is_five[TWICE]).take(TWICE[:1])
    dosed = points.without(points.level == 0)
    problem = instrument_problem(dosed, is_five)
    best = _best_of(
        [minimise(problem, start, most_iterations=_ITERATIONS) for start in _starts(dosed, is_five)], problem
    )
    return _finished(dosed, problem, best)


def weighted_r2(points: Standards, theta: Floats, is_log_a: bool, root: Floats) -> Floats:
    """1 - RSS / TSS with weights root^2, TSS about the weighted mean, as the instrument prints it; (n,)."""
    weight = root * root
    total = np.maximum(weight.sum(axis=0), 1e-300)
    centre = (weight * points.y).sum(axis=0) / total
    residual = points.y - forward(theta, points.ln_dose, is_log_a)
    tss = (weight * (points.y - centre) ** 2).sum(axis=0)
    rss = (weight * residual**2).sum(axis=0)
    return np.where(tss > 0, 1.0 - rss / np.where(tss > 0, tss, 1.0), np.nan)


def instrument_problem(points: Standards, is_five: Flags) -> FitProblem:
    """The instrument's objective for dosed points: weights only, wide bounds, no priors."""
    n = points.size
    dose = np.where(points.is_read, points.ln_dose, np.nan)
    low, high = (np.nan_to_num(edge) for edge in (np.nanmin(_filled(dose), axis=0), np.nanmax(_filled(dose), axis=0)))
    top = np.where(points.is_read, np.abs(points.y), 0.0).max(axis=0, initial=0.0)
    top = np.where(top > 0, top, 1.0)
    ones = np.ones(n)
    lower = np.stack([-10 * top, np.log(1e-3 * top), low - 15, *(np.log(v) * ones for v in (_SLOPE[0], _ASYMMETRY[0]))])
    upper = np.stack(
        [top, np.log(_HIGHEST_S * top), high + 40, *(np.log(v) * ones for v in (_SLOPE[1], _ASYMMETRY[1]))]
    )
    free = np.ones((5, n), bool)
    free[4] = is_five
    none = np.zeros((5, n))
    return FitProblem(points.ln_dose, points.y, instrument_root_weight(points), none, none, lower, upper, free, False)


def _filled(value: Floats) -> Floats:
    """Columns without any number become 0, so that their extremes are defined."""
    return np.where(np.isfinite(value).any(axis=0), value, 0.0)


def _starts(points: Standards, is_five: Flags) -> list[Floats]:
    levels = level_means(points)
    mean = np.nan_to_num(levels.mean)
    weight = np.where(levels.has_well, levels.count / np.maximum(mean * mean, 1.0), 0.0)
    four = grid_start(levels, weight, FOUR, is_log_a=False)
    five = [grid_start(levels, weight, FIVE, is_log_a=False, rank=r) for r in range(_STARTS)]
    return [np.where(is_five, start, four) for start in five]


def _at_bound(problem: FitProblem, theta: Floats) -> Flags:
    return np.asarray(problem.is_free & ((theta <= problem.lower) | (theta >= problem.upper)))


def _best_of(minima: list[Minimum], problem: FitProblem) -> Minimum:
    best = minima[0]
    for other in minima[1:]:
        inside, other_inside = (~_at_bound(problem, m.theta).any(axis=0) for m in (best, other))
        lower = other.cost < best.cost * (1.0 - 1e-9)
        better = np.where(inside == other_inside, lower, other_inside)
        best = replace(
            best,
            theta=np.where(better, other.theta, best.theta),
            cost=np.where(better, other.cost, best.cost),
            is_converged=np.where(better, other.is_converged, best.is_converged),
            iterations=best.iterations + other.iterations,
        )
    return best


def _finished(points: Standards, problem: FitProblem, best: Minimum) -> CurveFit:
    at = shape(best.theta, problem.ln_dose, False)
    information = gauss_newton(gradient(best.theta, at, False) * problem.root_weight, problem.prior_root)
    at_bound = _at_bound(problem, best.theta)
    hold(information, ~problem.is_free | at_bound)
    freedom = np.maximum(points.is_read.sum(axis=0) - problem.is_free.sum(axis=0), 1.0)
    scale = np.sqrt(best.cost / freedom)
    covariance = inverse_spd(information) * scale**2
    held = ~problem.is_free | at_bound
    covariance = np.where(held[:, None, :] | held[None, :, :], 0.0, covariance)
    return CurveFit(
        best.theta,
        covariance,
        scale,
        scale,
        freedom,
        problem.root_weight,
        best.is_converged,
        at_bound,
        best.iterations,
        False,
    )
