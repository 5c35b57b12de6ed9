"""What is the curve, its inverse and its slope: the five-parameter logistic in log parameters, many curves at a time.

    f(x) = A + S (1 + exp(-B (ln x - c)))^-G        A = f(0), A + S = top; S, B, G > 0

theta has shape (5, n): rows a, ln S, c, ln B, ln G, where a is ln A for the robust method (A > 0) and A itself for the
instrument's method (net MFI may start below 0). ln x has shape (points, n) or (n,); dose 0 is ln x = LN_ZERO.
The instrument writes y = A + (B' - A) / (1 + (x/C)^D)^F with B' = A + S, C = e^c, D = -B, F = G.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Floats

LN_ZERO = -700.0  # stands for ln 0: every rise underflows to exactly 0 there, and nothing becomes infinite
_A, _S, _C, _B, _G = range(5)


@dataclass(frozen=True)
class Shape:
    """f and the parts its derivatives need; all (points, n). `u` = -B (ln x - c), `sigma` = 1 / (1 + e^-u)."""

    response: Floats
    rise: Floats  # S h, between 0 and S
    u: Floats
    softplus: Floats  # ln(1 + e^u)
    sigma: Floats


def lower_asymptote(theta: Floats, is_log_a: bool) -> Floats:
    """A, response at dose 0, MFI or net MFI; shape (n,)."""
    return np.asarray(np.exp(theta[_A]) if is_log_a else theta[_A].copy())


def shape(theta: Floats, ln_dose: Floats, is_log_a: bool) -> Shape:
    """Evaluate the curves at ln dose; finite for every theta inside the bounds of the fit."""
    u = -np.exp(theta[_B]) * (ln_dose - theta[_C])
    tail = np.exp(-np.abs(u))
    softplus = np.maximum(u, 0.0) + np.log1p(tail)
    sigma = np.where(u > 0.0, 1.0, tail) / (1.0 + tail)
    rise = np.exp(theta[_S] - np.exp(theta[_G]) * softplus)
    rise = np.where(ln_dose > LN_ZERO, rise, 0.0)
    return Shape(lower_asymptote(theta, is_log_a) + rise, rise, u, softplus, sigma)


def forward(theta: Floats, ln_dose: Floats, is_log_a: bool) -> Floats:
    """f(x); shape of ln_dose."""
    return shape(theta, ln_dose, is_log_a).response


def gradient(theta: Floats, at: Shape, is_log_a: bool, weight: Floats | float = 1.0) -> Floats:
    """weight x df/dtheta, shape (5, points, n)."""
    b, minus_g = np.exp(theta[_B]), -np.exp(theta[_G])
    out = np.empty((5, *at.rise.shape))
    out[_A] = weight * np.exp(theta[_A]) if is_log_a else weight
    np.multiply(at.rise, weight, out=out[_S])
    by_g = minus_g * out[_S]
    np.multiply(by_g, at.softplus, out=out[_G])
    by_g *= at.sigma  # weight x df/du
    np.multiply(by_g, b, out=out[_C])
    np.multiply(by_g, at.u, out=out[_B])
    return out


def slope_per_ln_dose(theta: Floats, at: Shape) -> Floats:
    """df/d(ln x), shape of the points."""
    return np.asarray(np.exp(theta[_B]) * np.exp(theta[_G]) * at.rise * at.sigma)


def inverse(theta: Floats, response: Floats, is_log_a: bool) -> Floats:
    """ln x of a response, same shape; -inf at or below A, +inf at or above A + S, NaN where the response is NaN."""
    above = response - lower_asymptote(theta, is_log_a)
    top = np.exp(theta[_S])
    inside = (above > 0.0) & (above < top)
    ratio = np.where(inside, above, 0.5 * top) / top
    t = -np.log(ratio) * np.exp(-theta[_G])
    ln_dose = theta[_C] - ln_expm1(t) * np.exp(-theta[_B])
    edge = np.where(above <= 0.0, -np.inf, np.where(above >= top, np.inf, np.nan))
    return np.where(inside, ln_dose, edge)


def ln_expm1(t: Floats) -> Floats:
    """ln(e^t - 1) for t > 0, without overflow; t below the smallest double is lifted to it."""
    t = np.maximum(t, np.finfo(np.float64).tiny)
    return np.asarray(t + np.log(-np.expm1(-t)))


def ln_ec50(theta: Floats) -> Floats:
    """ln of the dose at half height, (n,): c - ln(2^(1/G) - 1) / B."""
    return np.asarray(theta[_C] - ln_expm1(np.log(2.0) * np.exp(-theta[_G])) * np.exp(-theta[_B]))


def to_instrument(theta: Floats, is_log_a: bool) -> Floats:
    """Coefficients A, B, C, D, F of the instrument's equation, shape (5, n)."""
    a = lower_asymptote(theta, is_log_a)
    return np.stack([a, a + np.exp(theta[_S]), np.exp(theta[_C]), -np.exp(theta[_B]), np.exp(theta[_G])])


def from_instrument(coefficients: Floats) -> Floats:
    """theta with a plain A from A, B, C, D, F of rising curves (B > A, C > 0, D < 0, F > 0); NaN columns elsewhere."""
    a, b, c, d, f = coefficients
    rising = (b > a) & (c > 0.0) & (d < 0.0) & (f > 0.0)
    safe = np.where(rising, np.stack([b - a, c, -d, f]), 1.0)
    theta = np.stack([a, *np.log(safe)])
    return np.where(rising, theta, np.nan)
