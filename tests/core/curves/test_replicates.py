"""Wells of one sample together, and the bootstrap beside the delta method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.bootstrap import bootstrap_interval
from pbis.core.curves.fit import fit_curves
from pbis.core.curves.logistic import forward
from pbis.core.curves.replicates import combine, geometric_mean, replicate_interval

RESEARCH = tolerances(load_suite("research"))


def fitted_curves(simulated: Callable, n: int, seed: int):
    plates = simulated(n, seed)
    return plates, fit_curves(plates.points, "robust", np.zeros(n, bool), RESEARCH)


def draws(seed: int, rows: int, repeats: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, (rows, repeats))


def test_geometric_mean_is_the_mean_of_logs() -> None:
    assert geometric_mean(np.array([2.0, 8.0])) == pytest.approx(4.0)
    assert np.isnan(geometric_mean(np.array([np.nan])))


def test_a_censored_well_stands_at_its_bound() -> None:
    none = np.full(2, np.nan)
    both = combine(["=", "<"], np.array([9.0, 4.0]), none, none)
    assert (both.op, both.value) == ("<", pytest.approx(6.0))
    assert np.isnan(both.ci_low)


def test_one_replicate_is_a_reading(simulated: Callable) -> None:
    plates, fitted = fitted_curves(simulated, 5, 51)
    y = forward(plates.theta, np.full((1, 5), 5.0), True)
    one, single = replicate_interval(fitted.fit, y), back_calculate(fitted.fit, y)
    assert one.ln_x == pytest.approx(single.ln_x)
    assert one.se_ln == pytest.approx(single.se_ln)


def test_duplicates_are_surer_than_one_well_but_share_the_curve(simulated: Callable) -> None:
    plates, fitted = fitted_curves(simulated, 40, 52)
    y = forward(plates.theta, np.full((1, 40), 5.0), True)
    one, two, many = (replicate_interval(fitted.fit, np.repeat(y, k, axis=0)).se_ln[0] for k in (1, 2, 10_000))
    inside = np.isfinite(one)
    one, two, many = one[inside], two[inside], many[inside]
    assert one.size > 35
    assert np.all(two < one)
    assert np.all(two > one / np.sqrt(2))
    assert np.all(many > 0.1 * one)


def test_missing_wells_do_not_count_and_lost_ones_lose_the_sample(simulated: Callable) -> None:
    plates, fitted = fitted_curves(simulated, 1, 53)
    y = forward(plates.theta, np.full((1, 1), 5.0), True)[0, 0]
    pair = replicate_interval(fitted.fit, np.array([[y], [np.nan]]))
    assert pair.se_ln[0, 0] == pytest.approx(replicate_interval(fitted.fit, np.array([[y]])).se_ln[0, 0])
    assert np.isnan(replicate_interval(fitted.fit, np.array([[y], [1e9]])).ln_x).all()


def test_intervals_of_duplicates_cover(simulated: Callable, measured: Callable) -> None:
    plates, fitted = fitted_curves(simulated, 800, 54)
    rng = np.random.default_rng(3)
    ln_x = np.log(3.2) + rng.uniform(1.5, 5, (1, 800)) * np.log(4)
    covered = []
    for _ in range(6):
        y = np.concatenate([measured(plates.theta, ln_x, rng, 0.06) for _ in range(2)])
        both = replicate_interval(fitted.fit, y)
        covered.append(np.abs(both.ln_x - ln_x) <= both.t * both.se_ln)
    assert 0.93 <= np.mean(covered) <= 0.97


def test_bootstrap_and_delta_method_agree_inside_the_range(simulated: Callable) -> None:
    plates, fitted = fitted_curves(simulated, 6, 55)
    ln_x = np.log(3.2) + np.array([2.0, 3.0, 4.0]) * np.log(4)
    widths = []
    for curve in range(6):
        y = forward(plates.theta[:, [curve]], ln_x[:, None], True)
        back = back_calculate(fitted.fit.take(np.array([curve])), y)
        low, high = bootstrap_interval(fitted, curve, y[:, 0], draws(curve, 16 + 3, 300))
        widths.append(np.log(high / low) / (2 * 1.96 * back.se_ln[:, 0]))
        assert np.all((low < back.x[:, 0]) & (back.x[:, 0] < high))
    assert np.median(widths) == pytest.approx(1.0, abs=0.10)


def test_a_bootstrap_repeats_itself_and_has_no_end_beyond_an_asymptote(simulated: Callable) -> None:
    _, fitted = fitted_curves(simulated, 1, 56)
    y = np.array([300.0, 1e9])
    first, second = (bootstrap_interval(fitted, 0, y, draws(7, 16 + 2, 50)) for _ in range(2))
    assert first[:, 0].tolist() == second[:, 0].tolist()
    assert np.isnan(first[:, 1]).all()


def test_only_a_robust_curve_has_a_bootstrap(simulated: Callable) -> None:
    points = simulated(1, 57).points
    with pytest.raises(ValueError, match="robust"):
        bootstrap_interval(
            fit_curves(points, "xponent", np.zeros(1, bool), RESEARCH), 0, np.array([300.0]), draws(1, 17, 9)
        )
