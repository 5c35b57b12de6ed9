"""The batched optimiser against scipy's on the same objective, and its independence of the batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import least_squares

from pbis.core.curves.lm import FitProblem, cost_at, minimise, solve_spd
from pbis.core.curves.logistic import forward
from pbis.core.curves.method import FIT
from pbis.core.curves.robust import robust_problem
from pbis.core.curves.standards import Standards, level_means, spread
from pbis.core.curves.start import FIVE, grid_start


def first_pass(points: Standards) -> tuple[FitProblem, np.ndarray]:
    levels = level_means(points)
    root = np.where(points.is_read, 1 / (FIT.scale_first * spread(points, levels.mean, 1.0)), 0.0)
    weight = np.where(levels.has_well, levels.count / np.nan_to_num(levels.mean, nan=1.0) ** 2, 0.0)
    problem = robust_problem(points, root, np.ones(points.size, bool), FIT, levels)
    return problem, grid_start(levels, weight, FIVE, is_log_a=True)


def scipy_best(problem: FitProblem, curve: int, starts: int) -> float:
    """Lowest cost of several starts of scipy's trust-region method on the same residuals."""
    one = problem.take(np.array([curve]))

    def residuals(theta: np.ndarray) -> np.ndarray:
        th = theta[:, None]
        fit = one.root_weight * (one.y - forward(th, one.ln_dose, one.is_log_a))
        return np.concatenate([fit[:, 0], (one.prior_root * (one.prior_mean - th))[:, 0]])

    rng = np.random.default_rng(curve)
    low, high = one.lower[:, 0], one.upper[:, 0]
    costs = []
    for _ in range(starts):
        start = np.clip(one.prior_mean[:, 0] + rng.normal(0, 0.4, 5), low + 1e-6, high - 1e-6)
        costs.append(2 * least_squares(residuals, start, bounds=(low, high), xtol=1e-13, ftol=1e-13, gtol=1e-13).cost)
    return min(costs)


def test_regular_curves_are_no_worse_than_multistart_scipy(simulated: Callable[..., object]) -> None:
    problem, start = first_pass(simulated(150, 11).points)
    best = minimise(problem, start)
    reference = np.array([scipy_best(problem, k, 3) for k in range(0, 150, 3)])
    assert best.is_converged.all()
    assert np.all(best.cost[::3] <= reference * (1 + 1e-6))


def test_hard_curves_are_no_worse_than_multistart_scipy(simulated: Callable[..., object]) -> None:
    """High noise, single wells, five levels that do not reach the top."""
    hard = simulated(90, 12, cv=0.2, levels=6, replicates=1).points
    problem, start = first_pass(hard.without(hard.level == 6))
    best = minimise(problem, start)
    reference = np.array([scipy_best(problem, k, 3) for k in range(0, 90, 3)])
    assert np.mean(best.cost[::3] <= reference * (1 + 1e-3)) >= 0.99


def test_cost_is_the_objective(simulated: Callable[..., object]) -> None:
    problem, start = first_pass(simulated(5, 13).points)
    best = minimise(problem, start)
    assert best.cost == pytest.approx(cost_at(problem, best.theta), rel=1e-12)
    assert np.all(best.cost <= cost_at(problem, start))


def test_a_held_parameter_stays_and_bounds_hold(simulated: Callable[..., object]) -> None:
    problem, start = first_pass(simulated(20, 14).points)
    free = problem.is_free.copy()
    free[4] = False
    start[4] = 0.0
    upper = problem.upper.copy()
    upper[3] = 0.0
    best = minimise(replace(problem, is_free=free, upper=upper), start)
    assert np.all(best.theta[4] == 0.0)
    assert np.all(best.theta[3] <= 0.0)
    assert best.is_converged.all()


def test_results_do_not_depend_on_the_batch(simulated: Callable[..., object]) -> None:
    problem, start = first_pass(simulated(300, 15).points)
    whole = minimise(problem, start).theta
    order = np.random.default_rng(0).permutation(300)
    mixed = minimise(problem.take(order), start[:, order]).theta
    alone = np.concatenate(
        [minimise(problem.take(np.array([k])), start[:, [k]]).theta for k in range(0, 300, 30)], axis=1
    )
    assert np.abs(mixed - whole[:, order]).max() < 1e-9
    assert np.abs(alone - whole[:, ::30]).max() < 1e-9


def test_nothing_to_fit_is_nothing_fitted(simulated: Callable[..., object]) -> None:
    problem, start = first_pass(simulated(3, 16).points)
    assert minimise(problem.take(np.arange(0)), start[:, :0]).theta.shape == (5, 0)


def test_cholesky_solves_many_systems() -> None:
    rng = np.random.default_rng(3)
    roots = rng.normal(size=(7, 5, 5))
    matrices = roots @ roots.transpose(0, 2, 1) + np.eye(5)
    right = rng.normal(size=(7, 5))
    expected = np.linalg.solve(matrices, right[:, :, None])[:, :, 0]
    assert solve_spd(np.moveaxis(matrices, 0, 2), right.T) == pytest.approx(expected.T)
