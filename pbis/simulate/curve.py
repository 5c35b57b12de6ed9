"""The five-parameter logistic of the instrument: value, inverse, and its own weighted least-squares fit, batched.

    y = A + (B - A) / (1 + (x/C)^D)^F        D < 0 for a rising curve

The fit is deliberately written apart from the one that reports results: it stands for the instrument's software,
and a simulated Result must come from a fit of the simulated standards, not from the truth.
"""

from __future__ import annotations

import numpy as np

from pbis.simulate.model import Reals

_STARTS_LN_F = (-0.7, 0.0, 0.7)
_BOUND = np.array([np.inf, 25.0, 40.0, 2.3, 3.5])  # of abs (A, ln S, ln C, ln -D, ln F)
_STEPS = 400


def respond(dose: Reals, coefficients: Reals) -> Reals:
    """MFI at `dose`; coefficients (A, B, C, D, F) along the first axis, broadcast against dose."""
    A, B, C, D, F = coefficients
    with np.errstate(divide="ignore", over="ignore"):
        mfi: Reals = A + (B - A) / (1.0 + (dose / C) ** D) ** F
    return mfi


def invert(net_mfi: Reals, coefficients: Reals) -> Reals:
    """Dose at `net_mfi`; -inf at or below the lower asymptote, +inf at or above the upper, NaN for NaN."""
    A, B, C, D, F = coefficients
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        dose = C * (((B - A) / (net_mfi - A)) ** (1.0 / F) - 1.0) ** (1.0 / D)
    dose = np.where(net_mfi <= A, -np.inf, dose)
    return np.where(net_mfi >= B, np.inf, dose)


def fit(dose: Reals, net_mfi: Reals) -> Reals:
    """Coefficients (5, analytes) minimising sum ((y - f) / y)^2, weight 1 where y is 0.

    dose, net_mfi: (points, analytes), one point a standard well; a NaN well takes no part.
    """
    best = np.full(dose.shape[1], np.inf)
    chosen = np.zeros((dose.shape[1], 5))
    problem = _Problem(dose.T, net_mfi.T)
    for ln_f in _STARTS_LN_F:
        theta, rss = problem.solve(problem.start(ln_f))
        better = rss < best
        chosen[better], best[better] = theta[better], rss[better]
    A, ln_s, c, ln_d, ln_f_best = chosen.T
    return np.array([A, A + np.exp(ln_s), np.exp(c), -np.exp(ln_d), np.exp(ln_f_best)])


def weighted_r2(dose: Reals, net_mfi: Reals, coefficients: Reals) -> Reals:
    """The R^2 that the instrument prints: weighted, one value an analyte."""
    weight = _weight(net_mfi)
    mean = np.nansum(weight * net_mfi, axis=0) / np.sum(weight, axis=0)
    residual = np.nansum(weight * (net_mfi - respond(dose, coefficients[:, None, :])) ** 2, axis=0)
    return np.asarray(1.0 - residual / np.nansum(weight * (net_mfi - mean) ** 2, axis=0))


def _weight(net_mfi: Reals) -> Reals:
    square = np.where(net_mfi == 0, 1.0, net_mfi**2)
    return np.where(np.isnan(net_mfi), 0.0, 1.0 / square)


class _Problem:
    """All curves of a plate: doses and responses (curves, points), solved together by Levenberg-Marquardt."""

    def __init__(self, dose: Reals, response: Reals) -> None:
        self.ln_dose = np.log(dose)
        self.response = np.nan_to_num(response)
        self.root_weight = np.sqrt(_weight(response))

    def start(self, ln_f: float) -> Reals:
        """A at zero, B above the highest point, C where the response passes half of it."""
        top = 1.15 * self.response.max(axis=1)
        nearest = np.argmin(np.abs(self.response - top[:, None] / 2), axis=1)
        c = np.take_along_axis(self.ln_dose, nearest[:, None], axis=1)[:, 0]
        zero = np.zeros_like(top)
        return np.column_stack([zero, np.log(np.maximum(top, 1.0)), c, zero, zero + ln_f])

    def residual(self, theta: Reals) -> Reals:
        A, ln_s, c, ln_d, ln_f = theta.T[:, :, None]
        height = np.exp(ln_s - np.exp(ln_f) * np.log1p(self._power(c, ln_d)))
        return np.asarray(self.root_weight * (A + height - self.response))

    def _power(self, c: Reals, ln_d: Reals) -> Reals:
        return np.exp(np.clip(-np.exp(ln_d) * (self.ln_dose - c), -300, 300))

    def jacobian(self, theta: Reals) -> Reals:
        """(curves, points, 5): derivatives of the weighted residual."""
        _, ln_s, c, ln_d, ln_f = theta.T[:, :, None]
        u, d, f = self._power(c, ln_d), np.exp(ln_d), np.exp(ln_f)
        height = np.exp(ln_s - f * np.log1p(u))
        slope = height * f * u / (1.0 + u)
        parts = (np.ones_like(u), height, -slope * d, slope * d * (self.ln_dose - c), -height * f * np.log1p(u))
        return np.asarray(self.root_weight[:, :, None] * np.stack(parts, axis=2))

    def solve(self, theta: Reals) -> tuple[Reals, Reals]:
        """Parameters (curves, 5) and their residual sums of squares."""
        damping = np.full(len(theta), 1e-3)
        rss = np.sum(self.residual(theta) ** 2, axis=1)
        idle = np.zeros(len(theta), dtype=int)
        for _ in range(_STEPS):
            trial = self._step(theta, damping)
            trial_rss = np.sum(self.residual(trial) ** 2, axis=1)
            better = trial_rss < rss
            idle = np.where(better & (rss - trial_rss > 1e-13 * rss), 0, idle + 1)
            theta = np.where(better[:, None], trial, theta)
            rss = np.where(better, trial_rss, rss)
            damping = np.clip(np.where(better, damping * 0.3, damping * 4.0), 1e-12, 1e8)
            if np.all(idle > 12):
                break
        return theta, rss

    def _step(self, theta: Reals, damping: Reals) -> Reals:
        J = self.jacobian(theta)
        normal = J.transpose(0, 2, 1) @ J
        gradient = np.einsum("kpj,kp->kj", J, self.residual(theta))
        diagonal = np.einsum("kjj->kj", normal)
        damped = normal + (damping[:, None] * diagonal + 1e-14)[:, :, None] * np.eye(5)
        step = np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]
        return np.clip(theta - step, -_BOUND, _BOUND)
