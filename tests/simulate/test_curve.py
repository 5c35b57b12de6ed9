"""The simulated instrument's logistic: inverse, asymptotes, and the weighted fit against an independent solver."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from pbis.simulate import curve
from pbis.simulate.kit import LADDER_PG_ML

TRUTH = np.array([[2.0, 0.5], [21000.0, 9000.0], [1800.0, 300.0], [-0.9, -1.3], [1.1, 0.8]])


def test_invert_undoes_respond() -> None:
    dose = np.repeat(np.array([0.4, 3.2, 70.0, 9000.0])[:, None], 2, axis=1)
    response = curve.respond(dose, TRUTH[:, None, :])
    assert curve.invert(response, TRUTH[:, None, :]) == pytest.approx(dose, rel=1e-9)


def test_beyond_the_asymptotes_there_is_no_dose() -> None:
    response = np.array([[2.0, -3.0], [21000.0, 9001.0], [np.nan, np.nan]])
    dose = curve.invert(response, TRUTH[:, None, :])
    assert dose[0].tolist() == [-np.inf, -np.inf]
    assert dose[1].tolist() == [np.inf, np.inf]
    assert np.isnan(dose[2]).all()


def _noisy(seed: int) -> tuple[np.ndarray, np.ndarray]:
    dose = np.repeat(np.repeat(LADDER_PG_ML, 2)[:, None], 2, axis=1)
    noise = np.exp(np.random.default_rng(seed).normal(0.0, 0.06, dose.shape))
    return dose, curve.respond(dose, TRUTH[:, None, :]) * noise


@pytest.mark.parametrize("seed", range(6))
def test_fit_is_no_worse_than_scipy_on_the_same_objective(seed: int) -> None:
    dose, net = _noisy(seed)
    fitted = curve.fit(dose, net)
    ours = np.sum(((net - curve.respond(dose, fitted[:, None, :])) / net) ** 2, axis=0)
    for j in range(2):
        assert ours[j] <= _scipy_rss(dose[:, j], net[:, j]) * (1 + 1e-6)


def _scipy_rss(dose: np.ndarray, net: np.ndarray) -> float:
    def residual(theta: np.ndarray) -> np.ndarray:
        A, ln_s, c, ln_d, ln_f = theta
        coefficients = np.array([A, A + np.exp(ln_s), np.exp(c), -np.exp(ln_d), np.exp(ln_f)])
        return (net - curve.respond(dose, coefficients)) / net

    starts = ([0.0, np.log(1.2 * net.max()), np.log(dose[k]), 0.0, f] for k in (6, 8) for f in (-0.5, 0.0, 0.5))
    bounds = (-np.array([np.inf, 25, 40, 2.3, 3.5]), np.array([np.inf, 25, 40, 2.3, 3.5]))
    return min(float(2 * least_squares(residual, start, bounds=bounds).cost) for start in starts)


def test_fit_of_a_noiseless_ladder_returns_its_doses() -> None:
    dose = np.repeat(LADDER_PG_ML[:, None], 2, axis=1)
    net = curve.respond(dose, TRUTH[:, None, :])
    fitted = curve.fit(dose, net)
    assert curve.invert(net, fitted[:, None, :]) == pytest.approx(dose, rel=1e-5)
    assert curve.weighted_r2(dose, net, fitted) == pytest.approx([1.0, 1.0], abs=1e-9)


def test_a_missing_standard_well_takes_no_part() -> None:
    dose, net = _noisy(1)
    net[3, 0] = np.nan
    rows = np.arange(len(dose)) != 3
    alone = curve.fit(dose[rows][:, :1], net[rows][:, :1])
    together = curve.fit(dose, net)[:, :1]
    probe = np.array([[50.0], [1000.0], [12000.0]])
    assert curve.invert(probe, together[:, None, :]) == pytest.approx(curve.invert(probe, alone[:, None, :]), rel=1e-6)
