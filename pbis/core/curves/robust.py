"""How are curves fitted robustly: weights from the curve itself, Huber's weights against wild wells, weak priors.

First pass weighted by 1/ybar^2 of the level means; then iteratively reweighted by 1/f^2 (constant relative error) times
Huber's weight. The background wells take part as dose 0 and determine A, so nothing is subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.lm import TWICE, FitProblem, Minimum, gauss_newton, hold, minimise, solve_spd
from pbis.core.curves.logistic import forward, gradient, shape
from pbis.core.curves.method import FIT, FitRules
from pbis.core.curves.reading_error import reading_error
from pbis.core.curves.standards import LevelMeans, Standards, by_level, level_means, one_point_a_level
from pbis.core.curves.start import FIVE, grid_start

_HIGHEST_S = 1e3  # S at most this many times the highest level
_LEAST_A = 1e-5  # A at least this share of the highest level
_SLOPE = (0.05, 25.0)  # bounds of B, far outside what the prior believes: only to keep exponents finite; own choice
_POOR = (
    3.0  # a first pass whose cost is more than this a well may have ended in the wrong valley: other starts are tried
)
_ASYMMETRY = (0.02, 25.0)  # bounds of G, likewise


@dataclass(frozen=True)
class CurveFit:
    """Fitted curves, one column each.

    theta (5, n); covariance (5, 5, n) of theta on the scale of the method; scale (n,) relative residual scale;
    error_scale (n,): relative SD of one new reading, with which intervals are made; freedom (n,) degrees of freedom;
    root_weight (points, n): root of the final weights, 0 where unused; is_at_bound (5, n).
    """

    theta: Floats
    covariance: Floats
    scale: Floats
    error_scale: Floats
    freedom: Floats
    root_weight: Floats
    is_converged: Flags
    is_at_bound: Flags
    iterations: Ints
    is_log_a: bool

    def take(self, which: Ints | Flags) -> CurveFit:
        """The fits of some curves."""
        arrays = {f.name: np.ascontiguousarray(getattr(self, f.name)[..., which]) for f in fields(self)[:-1]}
        return CurveFit(**arrays, is_log_a=self.is_log_a)


def fit_robust(points: Standards, is_five: Flags, rules: FitRules = FIT) -> CurveFit:
    """Fit every curve; is_five (n,) says which have a free asymmetry. Curves need at least two dosed levels with y > 0."""
    if points.size == 1:
        return fit_robust(points.take(TWICE), is_five[TWICE], rules).take(TWICE[:1])
    levels = level_means(points)
    best = first_pass(levels, is_five, rules)
    iterations = best.iterations.copy()
    scale = np.full(points.size, rules.scale_first)
    for turn in range(rules.reweightings):
        scale, root = reweight(points, best.theta, is_five, rules)
        problem = robust_problem(points, root, is_five, rules, levels)
        last = turn == rules.reweightings - 1
        best = minimise(problem, best.theta, tolerance=1e-17 if last else 1e-9)
        iterations += best.iterations
    return _finished(points, problem, best, scale, iterations, rules)


def first_pass(levels: LevelMeans, is_five: Flags, rules: FitRules = FIT, tolerance: float = 1e-9) -> Minimum:
    """One fit weighted by 1/ybar^2 and the wells behind each mean, with the priors; from the grid's best start."""
    means = one_point_a_level(levels)
    floor = _LEAST_A * _highest(levels)
    root = np.where(levels.has_well, np.sqrt(levels.count) / (rules.scale_first * np.maximum(means.y, floor)), 0.0)
    problem = robust_problem(means, root, is_five, rules, levels)
    best = minimise(problem, _start(levels, floor, is_five), tolerance=tolerance)
    poor = np.flatnonzero(best.cost > _POOR * levels.count.sum(axis=0))
    if not poor.size:
        return best
    some, hard = levels.take(poor), problem.take(poor)
    starts = [_start(some, floor[poor], is_five[poor], rank) for rank in (1, 2)]
    return _lowest(best, poor, [minimise(hard, start, tolerance=tolerance) for start in starts])


def _lowest(best: Minimum, where: Ints, others: list[Minimum]) -> Minimum:
    """`best` with those of its curves `where` replaced that another start brought clearly lower."""
    theta, cost = best.theta.copy(), best.cost.copy()
    converged, iterations = best.is_converged.copy(), best.iterations.copy()
    for other in others:
        iterations[where] += other.iterations
        lower = other.cost < cost[where] * (1.0 - 1e-9)
        at = where[lower]
        theta[:, at], cost[at], converged[at] = other.theta[:, lower], other.cost[lower], other.is_converged[lower]
    return Minimum(theta, cost, converged, iterations)


def robust_problem(points: Standards, root: Floats, is_five: Flags, rules: FitRules, levels: LevelMeans) -> FitProblem:
    """The weighted objective with its priors; everything scales with the response and with the dose."""
    top, n = _highest(levels), points.size
    first = levels.mean[0]
    has_background = levels.has_well[0] & (np.nan_to_num(first) > 0)
    lowest = np.nanmin(np.where(levels.has_well, levels.mean, np.inf), axis=0)
    a_guess = np.where(has_background, np.nan_to_num(first, nan=1.0), 0.7 * lowest)
    a_guess = np.maximum(a_guess, 10 * _LEAST_A * top)
    a_sd = np.where(has_background, rules.a_sd, 0.7)
    low, high = levels.ln_dose_at(0.0), levels.ln_dose_at(1.0)
    mean = np.stack(
        [np.log(a_guess), np.log(1.3 * top), levels.ln_dose_at(0.67), np.full(n, rules.ln_b_mean), np.zeros(n)]
    )
    sd = np.stack([a_sd, *(np.full(n, v) for v in (rules.ln_s_sd, rules.c_sd, rules.ln_b_sd, rules.ln_g_sd))])
    ones = np.ones(n)
    lower = np.stack(
        [np.log(_LEAST_A * top), np.log(1e-3 * top), low - 10, *(np.log(v) * ones for v in (_SLOPE[0], _ASYMMETRY[0]))]
    )
    upper = np.stack(
        [np.log(top), np.log(_HIGHEST_S * top), high + 15, *(np.log(v) * ones for v in (_SLOPE[1], _ASYMMETRY[1]))]
    )
    free = np.ones((5, n), bool)
    free[4] = is_five
    return FitProblem(points.ln_dose, points.y, root, mean, np.where(free, 1.0 / sd, 0.0), lower, upper, free, True)


def reweight(points: Standards, theta: Floats, is_five: Flags, rules: FitRules) -> tuple[Floats, Floats]:
    """(scale (n,), root weights (points, n)): robust relative scale, then Huber's weight over (f x scale)^2.

    A wild well, more than `wild_scales` off beside one of its level that is not, loses weight with the square of how far it is beyond:
    with Huber's weight alone it pulls the curve as hard as one at 1.5 scales, however far it is. Where all wells of a level are off,
    nobody knows whether it is the level or the curve.
    """
    fitted = forward(theta, points.ln_dose, True)
    relative = np.abs(np.where(points.is_read, points.y / fitted - 1.0, 0.0))
    scale = np.maximum(_mad(relative, points.is_read, np.where(is_five, 5.0, 4.0)), rules.scale_floor)
    size = np.maximum(relative, 1e-12)
    huber = np.minimum(1.0, rules.huber_k * scale / size)
    wild = size > rules.wild_scales * scale
    if wild.any():
        tame = by_level(points, points.is_read & ~wild)
        beside = np.take_along_axis(tame, np.maximum(points.level, 0), axis=0)
        huber *= np.where(wild & beside, (rules.wild_scales * scale / size) ** 2, 1.0)
    return scale, np.where(points.is_read, np.sqrt(huber) / (fitted * scale), 0.0)


def _mad(size: Floats, read: Flags, parameters: Floats) -> Floats:
    """1.4826 x median of |residual|, widened for the parameters that were fitted to the same points."""
    count = read.sum(axis=0)
    ordered = np.sort(np.where(read, size, np.inf), axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, ordered.shape[0] - 1)
    pair = np.take_along_axis(ordered, np.stack([low, high]), axis=0)
    median = np.where(count > 0, 0.5 * np.where(np.isfinite(pair), pair, 0.0).sum(axis=0), 0.0)
    return np.asarray(1.4826 * median * np.sqrt(count / np.maximum(count - parameters, 1.0)))


def _parameters(problem: FitProblem, covariance: Floats) -> Floats:
    """Parameters (n,) that the readings themselves decide: each free one less the part that its prior has in it."""
    prior_share = np.stack([problem.prior_root[k] ** 2 * covariance[k, k] for k in range(5)])
    return np.asarray(np.where(problem.is_free, 1.0 - np.minimum(prior_share, 1.0), 0.0).sum(axis=0))


def _finished(
    points: Standards, problem: FitProblem, best: Minimum, scale: Floats, iterations: Ints, rules: FitRules
) -> CurveFit:
    at = shape(best.theta, problem.ln_dose, True)
    jacobian = gradient(best.theta, at, True) * problem.root_weight
    information = gauss_newton(jacobian, problem.prior_root)
    hold(information, ~problem.is_free)
    relative = np.where(points.is_read, points.y / at.response - 1.0, 0.0)
    huber = (problem.root_weight * at.response * scale) ** 2
    covariance = inverse_spd(information)
    fitted = _parameters(problem, covariance)
    freedom = np.maximum(huber.sum(axis=0) - fitted, 1.0)
    error_scale = reading_error(relative, points.is_read, fitted, rules)
    error_scale = np.maximum(error_scale, rules.error_floor)
    at_bound = problem.is_free & ((best.theta <= problem.lower) | (best.theta >= problem.upper))
    covariance *= (error_scale / scale) ** 2
    covariance[4][:, ~problem.is_free[4]] = 0.0
    covariance[:, 4][:, ~problem.is_free[4]] = 0.0
    return CurveFit(
        best.theta,
        covariance,
        scale,
        error_scale,
        freedom,
        problem.root_weight,
        best.is_converged,
        at_bound,
        iterations,
        True,
    )


def inverse_spd(matrix: Floats) -> Floats:
    """Inverses of (5, 5, n) positive definite matrices; scaled first, so that no parameter's unit matters."""
    root = np.sqrt(np.maximum(np.stack([matrix[k, k] for k in range(5)]), 1e-300))
    scaled = matrix / (root[:, None, :] * root[None, :, :])
    ridge = scaled + 1e-12 * np.eye(5)[:, :, None]
    units = np.broadcast_to(np.eye(5)[:, :, None], matrix.shape)
    columns = np.stack([solve_spd(ridge, units[k]) for k in range(5)])
    return np.asarray(columns / (root[:, None, :] * root[None, :, :]))


def _highest(levels: LevelMeans) -> Floats:
    top = np.where(levels.has_well, levels.mean, 0.0).max(axis=0, initial=0.0)
    return np.where(top > 0, top, 1.0)


def _start(levels: LevelMeans, floor: Floats, is_five: Flags, rank: int = 0) -> Floats:
    weight = np.where(levels.has_well, levels.count / np.maximum(np.nan_to_num(levels.mean), floor) ** 2, 0.0)
    theta = grid_start(levels, weight, FIVE, is_log_a=True, rank=rank)
    theta[4] = np.where(is_five, theta[4], 0.0)
    return theta
