"""Intervals of back-calculated concentrations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from pbis.core.curves.backcalc import back_calculate, standard_error, t_quantile
from pbis.core.curves.logistic import forward
from pbis.core.curves.robust import fit_robust


def test_t_quantile_is_students() -> None:
    freedom = np.concatenate([np.linspace(1, 60, 200), [1e3, 1e6]])
    assert t_quantile(freedom) == pytest.approx(stdtrit(freedom, 0.975), rel=1e-6)


def test_standard_error_is_the_spread_of_inverted_readings(simulated: Callable[..., object]) -> None:
    """With a curve known exactly, only the reading's own error is left: s f / (df/dln x)."""
    fit = fit_robust(simulated(1, 31).points, np.ones(1, bool))
    sure = replace(fit, covariance=np.zeros((5, 5, 1)), error_scale=np.array([0.02]))
    ln_x = np.full((1, 1), np.log(100.0))
    y = forward(sure.theta, ln_x, True) * (1 + np.random.default_rng(1).normal(0, 0.02, (40000, 1)))
    assert back_calculate(sure, y).ln_x.std() == pytest.approx(standard_error(sure, ln_x)[0, 0], rel=0.03)
    assert standard_error(sure, ln_x, readings=4)[0, 0] == pytest.approx(standard_error(sure, ln_x)[0, 0] / 2)


def test_beyond_the_asymptotes_there_is_no_interval(simulated: Callable[..., object]) -> None:
    fit = fit_robust(simulated(1, 32).points, np.ones(1, bool))
    back = back_calculate(fit, np.array([[0.1], [1e7], [np.nan]]))
    assert back.x[:2, 0].tolist() == [0.0, np.inf]
    assert np.isnan(back.x[2, 0])
    assert np.isnan(back.end(-1)).all()
    assert np.isnan(back.end(+1)).all()
