"""The curve, its inverse and its derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.curves.logistic import (
    LN_ZERO,
    forward,
    from_instrument,
    gradient,
    inverse,
    ln_ec50,
    lower_asymptote,
    shape,
    slope_per_ln_dose,
    to_instrument,
)

THETAS = st.tuples(
    st.floats(-1.0, 5.0), st.floats(5.0, 11.0), st.floats(0.0, 9.0), st.floats(-1.0, 1.5), st.floats(-1.5, 1.5)
)


def column(theta: tuple[float, ...]) -> np.ndarray:
    return np.array(theta)[:, None]


@settings(derandomize=True, max_examples=80, deadline=None)
@given(THETAS, st.floats(0.02, 0.98))
def test_inverse_undoes_forward_where_the_curve_rises(theta: tuple[float, ...], share: float) -> None:
    th = column(theta)
    y = lower_asymptote(th, True) + share * np.exp(th[1])
    back = forward(th, inverse(th, y[None], True), True)
    assert back[0, 0] == pytest.approx(y[0], rel=1e-10)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(THETAS, st.floats(-1.0, 10.0), st.booleans())
def test_gradient_is_the_slope_of_the_curve(theta: tuple[float, ...], ln_dose: float, is_log_a: bool) -> None:
    th, x, h = column(theta), np.array([[ln_dose]]), 1e-6
    exact = gradient(th, shape(th, x, is_log_a), is_log_a)[:, 0, 0]
    for k in range(5):
        up, down = th.copy(), th.copy()
        up[k] += h
        down[k] -= h
        central = (forward(up, x, is_log_a) - forward(down, x, is_log_a))[0, 0] / (2 * h)
        assert exact[k] == pytest.approx(central, rel=1e-4, abs=1e-4)


def test_slope_per_ln_dose_is_the_derivative_by_ln_dose() -> None:
    th, x, h = column((2.0, 9.0, 5.0, 0.2, -0.3)), np.array([[4.2]]), 1e-6
    central = (forward(th, x + h, True) - forward(th, x - h, True)) / (2 * h)
    assert slope_per_ln_dose(th, shape(th, x, True))[0, 0] == pytest.approx(central[0, 0], rel=1e-7)


def test_dose_zero_is_exactly_the_lower_asymptote() -> None:
    th = column((2.5, 9.0, 5.0, -2.9, -3.9))  # so shallow that ln x = -700 alone would not underflow
    assert forward(th, np.array([[LN_ZERO]]), True)[0, 0] == lower_asymptote(th, True)[0]


def test_responses_beyond_the_asymptotes_have_no_finite_dose() -> None:
    th = column((2.0, 9.0, 5.0, 0.2, 0.0))
    bottom, top = np.exp(2.0), np.exp(2.0) + np.exp(9.0)
    y = np.array([[bottom], [bottom - 1], [top], [top + 1], [np.nan]])
    assert inverse(th, y, True)[:, 0].tolist()[:4] == [-np.inf, -np.inf, np.inf, np.inf]
    assert np.isnan(inverse(th, y, True)[4, 0])


@settings(derandomize=True, max_examples=40, deadline=None)
@given(THETAS)
def test_half_height_is_at_the_ec50(theta: tuple[float, ...]) -> None:
    th = column(theta)
    half = lower_asymptote(th, True) + 0.5 * np.exp(th[1])
    assert forward(th, ln_ec50(th)[None], True)[0, 0] == pytest.approx(half[0], rel=1e-10)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(THETAS, st.floats(0.1, 1e4))
def test_the_instruments_equation_is_the_same_curve(theta: tuple[float, ...], dose: float) -> None:
    th = column(theta)
    a, b, c, d, f = to_instrument(th, True)[:, 0]
    y = a + (b - a) / (1 + (dose / c) ** d) ** f
    assert forward(th, np.array([[np.log(dose)]]), True)[0, 0] == pytest.approx(y, rel=1e-9)
    assert to_instrument(from_instrument(to_instrument(th, True)), False) == pytest.approx(to_instrument(th, True))


def test_a_falling_curve_has_no_theta() -> None:
    assert np.isnan(from_instrument(np.array([[10.0], [5.0], [100.0], [-1.0], [1.0]]))).all()
