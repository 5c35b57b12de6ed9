"""The robust method against the truth of simulated plates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.fit import FOUR_PL, degenerate, fit_curves, top_not_reached
from pbis.core.curves.influence import level_influence_pct, proposed_exclusions
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.logistic import forward, inverse
from pbis.core.curves.reading_error import reading_error
from pbis.core.curves.standards import Standards, standards

RESEARCH = tolerances(load_suite("research"))

SAMPLES = 24


def robust(points: Standards):
    return fit_curves(points, "robust", np.zeros(points.size, bool), RESEARCH)


@pytest.fixture(scope="module")
def night(simulated: Callable[..., object], measured: Callable[..., np.ndarray]) -> dict[str, np.ndarray]:
    """1,200 plates: fits, samples with known dose inside the reportable range, and what the true curve would have said."""
    plates = simulated(1200, 21)
    fitted = robust(plates.points)
    none = np.full(1200, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, RESEARCH)
    rng = np.random.default_rng(22)
    low, high = np.nan_to_num(limits.low, nan=1.0), np.nan_to_num(limits.high, nan=2.0)
    ln_x = np.log(low) + rng.uniform(0, 1, (SAMPLES, 1200)) * np.log(high / low)
    y = measured(plates.theta, ln_x, rng, 0.06)
    back, oracle = back_calculate(fitted.fit, y), inverse(plates.theta, y, True)
    use = np.isfinite(back.ln_x) & np.isfinite(oracle) & (limits.passing >= 4)
    return {
        "error": 100 * np.abs(np.expm1(np.clip(back.ln_x - ln_x, -5, 5)))[use],
        "oracle": 100 * np.abs(np.expm1(np.clip(oracle - ln_x, -5, 5)))[use],
        "covered": ((np.log(back.end(-1)) <= ln_x) & (ln_x <= np.log(back.end(+1))))[use],
        "share": use.mean(),
        "model": fitted.model,
    }


def test_error_is_near_that_of_the_true_curve(night: dict[str, np.ndarray]) -> None:
    median, oracle = np.median(night["error"]), np.median(night["oracle"])
    p99, oracle_p99 = (np.quantile(night[name], 0.99) for name in ("error", "oracle"))
    assert night["share"] > 0.8
    assert median < 1.31 * oracle, (median, oracle)
    assert p99 < 1.36 * oracle_p99, (p99, oracle_p99)


def test_intervals_cover_what_they_promise(night: dict[str, np.ndarray]) -> None:
    assert 0.93 <= night["covered"].mean() <= 0.97


@pytest.mark.parametrize("cv", [0.03, 0.12])
def test_intervals_cover_for_quiet_and_noisy_assays(
    simulated: Callable[..., object], measured: Callable[..., np.ndarray], cv: float
) -> None:
    plates = simulated(900, 41, cv=cv)
    fitted = robust(plates.points)
    none = np.full(900, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, RESEARCH)
    rng = np.random.default_rng(42)
    low, high = np.nan_to_num(limits.low, nan=1.0), np.nan_to_num(limits.high, nan=2.0)
    ln_x = np.log(low) + rng.uniform(0, 1, (12, 900)) * np.log(high / low)
    back = back_calculate(fitted.fit, measured(plates.theta, ln_x, rng, cv))
    use = np.isfinite(back.ln_x) & (limits.passing >= 4)
    covered = np.abs(back.ln_x - ln_x) <= back.t * back.se_ln
    assert 0.93 <= covered[use].mean() <= 0.97


def read_all(r: np.ndarray) -> np.ndarray:
    return np.ones(r.shape, bool)


@pytest.mark.parametrize(("points", "margin"), [(8, 0.05), (16, 0.02), (32, 0.01)])
def test_the_error_of_a_reading_is_that_of_normal_errors(points: int, margin: float) -> None:
    r = np.random.default_rng(1).normal(0, 0.06, (points, 20_000))
    found = reading_error(r, read_all(r), np.zeros(20_000))
    assert np.sqrt(np.mean(found**2)) == pytest.approx(0.06, rel=margin)


@pytest.mark.parametrize("wild", [0.6, 2.0, 1e3])
def test_a_wild_well_is_no_error_of_a_reading_however_wild(wild: float) -> None:
    r = np.random.default_rng(2).normal(0, 0.06, (16, 5_000))
    r[3] = wild
    assert np.sqrt(np.mean(reading_error(r, read_all(r), np.zeros(5_000)) ** 2)) == pytest.approx(0.06, rel=0.03)


def test_the_error_of_a_reading_solves_its_equation() -> None:
    """v = sum(min(r^2, k^2 v)) / (freedom E min(z^2, k^2)) with k = 1.5, of which the expectation is 0.77846."""
    r = np.clip(np.random.default_rng(3).standard_t(4, (14, 300)) * 0.02, -0.14, 0.14)
    read = np.random.default_rng(4).random(r.shape) > 0.1
    found = reading_error(r, read, np.full(300, 3.0)) ** 2
    cut = np.minimum(np.where(read, r * r, 0.0), 2.25 * found).sum(axis=0)
    assert found == pytest.approx(cut / ((read.sum(axis=0) - 3.0) * 0.778465), rel=1e-5)


HARD = {
    "one wild well": lambda y, level, well: np.where((level == 4) & (well == 0), 3.0 * y, y),
    "a wild well far up": lambda y, level, well: np.where((level == 6) & (well == 1), 0.2 * y, y),
    "missing level": lambda y, level, well: np.where(level == 4, np.nan, y),
    "single wells": lambda y, level, well: np.where(well == 1, np.nan, y),
    "no background": lambda y, level, well: np.where(level == 0, np.nan, y),
    "hook": lambda y, level, well: np.where(level == 7, 0.6 * y, y),
    "five levels": lambda y, level, well: np.where(level > 5, np.nan, y),
}


@pytest.mark.parametrize("cv", [0.06, 0.12])
@pytest.mark.parametrize("name", HARD)
def test_intervals_cover_on_hard_standards(
    simulated: Callable[..., object], measured: Callable[..., np.ndarray], name: str, cv: float
) -> None:
    n = 1200
    plates = simulated(n, 61, cv=cv)
    points = plates.points
    well = np.tile([0, 1], 8)[:, None]
    y = HARD[name](points.y, points.level, well)
    fitted = robust(standards(points.level, points.dose, y))
    none = np.full(n, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, RESEARCH)
    rng = np.random.default_rng(62)
    ln_x = np.log(3.2) + rng.uniform(0, 6, (12, n)) * np.log(4)
    back = back_calculate(fitted.fit, measured(plates.theta, ln_x, rng, cv))
    is_reported = (
        fitted.has_curve & (limits.passing >= 3) & (ln_x >= np.log(limits.low)) & (ln_x <= np.log(limits.high))
    )
    use = np.isfinite(back.ln_x) & is_reported
    covered = np.abs(back.ln_x - ln_x) <= back.t * back.se_ln
    assert use.mean() > 0.1
    assert 0.93 <= covered[use].mean() <= 0.97, covered[use].mean()


def test_one_wild_replicate_hardly_moves_the_curve(simulated: Callable[..., object]) -> None:
    plates = simulated(60, 23)
    clean = robust(plates.points)
    y = plates.points.y.copy()
    y[8] *= 3.0  # one of the two wells of level 4
    wild = robust(standards(plates.points.level, plates.points.dose, y))
    at = np.full((1, 60), np.log(3.2 * 4**3))
    moved = np.abs(inverse(wild.fit.theta, forward(clean.fit.theta, at, True), True) - at)
    assert np.median(moved) < 0.10
    assert proposed_exclusions(wild)[8].mean() > 0.9
    assert proposed_exclusions(wild).sum(axis=0).max() <= 2


def test_scaling_the_response_scales_nothing_else(simulated: Callable[..., object]) -> None:
    points = simulated(40, 24).points
    one, ten = robust(points), robust(standards(points.level, points.dose, 10 * points.y))
    assert ten.fit.theta[2:] == pytest.approx(one.fit.theta[2:], abs=1e-7)
    assert ten.fit.theta[:2] == pytest.approx(one.fit.theta[:2] + np.log(10), abs=1e-7)


def test_scaling_the_dose_moves_the_curve_along(simulated: Callable[..., object]) -> None:
    points = simulated(40, 25).points
    one, thousand = robust(points), robust(standards(points.level, 1000 * points.dose, points.y))
    assert thousand.fit.theta[2] == pytest.approx(one.fit.theta[2] + np.log(1000), abs=1e-7)
    assert thousand.fit.theta[3:] == pytest.approx(one.fit.theta[3:], abs=1e-7)


def test_missing_wells_have_no_influence(simulated: Callable[..., object]) -> None:
    points = simulated(30, 26).points
    y = np.where(np.arange(16)[:, None] == 7, np.nan, points.y)
    extra = [np.vstack([array, array[:3]]) for array in (points.level, points.dose)]
    padded = standards(*extra, np.vstack([y, np.full((3, 30), np.nan)]))
    bare = standards(*(np.delete(array, 7, axis=0) for array in (points.level, points.dose, points.y)))
    assert robust(padded).fit.theta == pytest.approx(robust(bare).fit.theta, abs=1e-9)


def test_order_of_wells_and_curves_changes_nothing(simulated: Callable[..., object]) -> None:
    points = simulated(64, 27).points
    rng = np.random.default_rng(1)
    wells, curves = rng.permutation(16), rng.permutation(64)
    mixed = standards(*(array[wells][:, curves] for array in (points.level, points.dose, points.y)))
    one, other = robust(points), robust(mixed)
    assert other.fit.theta == pytest.approx(one.fit.theta[:, curves], abs=1e-9)
    assert other.fit.covariance == pytest.approx(one.fit.covariance[:, :, curves], rel=1e-6, abs=1e-9)


def test_a_top_that_is_not_reached_is_named(simulated: Callable[..., object]) -> None:
    plates = simulated(40, 28)
    low_half = plates.points.without(plates.points.level > 5)
    far = plates.theta[2] > np.log(3.2 * 4**4.8)
    assert top_not_reached(robust(low_half))[far].mean() > 0.5
    assert not degenerate(robust(low_half)).any()


def test_five_levels_get_a_symmetric_curve(simulated: Callable[..., object]) -> None:
    points = simulated(10, 29, levels=5).points
    fitted = robust(points)
    assert np.all(fitted.model == FOUR_PL)
    assert np.all(fitted.fit.theta[4] == 0.0)


def test_influence_asks_what_each_level_decides(simulated: Callable[..., object]) -> None:
    plates = simulated(50, 30)
    influence = level_influence_pct(robust(plates.points))
    assert influence.shape == (8, 50)
    assert np.all(influence >= 0)
    assert np.median(influence) < 10
