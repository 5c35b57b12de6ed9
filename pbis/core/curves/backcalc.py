"""Which concentration does a response mean, and how sure is it: inverse prediction with the delta method on the log scale.

    var(ln x) = (J Cov J' + s^2 f^2 / n) / (df/dln x)^2        half width = t(0.975, freedom) x root

s is the relative SD of a reading and n the readings behind the response.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Floats, Ints
from pbis.core.curves.logistic import Shape, gradient, inverse, shape, slope_per_ln_dose
from pbis.core.curves.robust import CurveFit

# ln of the 97.5 % quantile of Student's t as a polynomial in 2/freedom - 1, fitted for 1 to infinity; good to 1e-7. Loading
# scipy.special for it costs more time than reading and fitting a plate.
_LN_T = (
    1.45923174e00, 9.58291447e-01, 1.52122160e-01, -2.71197325e-02, -3.39647205e-03, 3.75034377e-03,
    -5.83781606e-04, -3.71492629e-04, 1.58826384e-04, 3.16086639e-05, -2.42121114e-05,
)  # fmt: skip
_CHUNK = 512  # curves worked on together, so that their arrays stay in the processor's cache; own choice, no result depends on it
_WIDEST = 700.0  # ln; beyond it a double overflows


@dataclass(frozen=True)
class BackCalculated:
    """ln x (k, n): -inf at or below the lower asymptote, +inf at or above the upper, NaN without a response;
    se_ln (k, n): standard error of ln x for one reading; t (n,): quantile of the curve's degrees of freedom."""

    ln_x: Floats
    se_ln: Floats
    t: Floats

    @property
    def x(self) -> Floats:
        """Concentration; 0 and inf beyond the asymptotes."""
        inside = np.exp(np.clip(self.ln_x, -_WIDEST, _WIDEST))
        return np.where(np.isposinf(self.ln_x), np.inf, np.where(np.isneginf(self.ln_x), 0.0, inside))

    def end(self, side: int) -> Floats:
        """Lower (side -1) or upper (side +1) end of the 95 % interval of x; NaN where there is none."""
        end = self.ln_x + side * self.t * self.se_ln
        return np.where(np.isfinite(end), np.exp(np.clip(end, -_WIDEST, _WIDEST)), np.nan)


def back_calculate(fit: CurveFit, response: Floats) -> BackCalculated:
    """Invert the curves at responses (k, n), NaN where there is none."""
    ln_x, se = np.empty(response.shape), np.empty(response.shape)
    for i in range(0, response.shape[1], _CHUNK):
        part = slice(i, i + _CHUNK)
        piece = fit.take(np.arange(*part.indices(response.shape[1])))
        ln_x[:, part] = inverse(piece.theta, response[:, part], fit.is_log_a)
        se[:, part] = standard_error(piece, ln_x[:, part])
    return BackCalculated(ln_x, se, t_quantile(fit.freedom))


def standard_error(fit: CurveFit, ln_x: Floats, readings: int | Ints = 1) -> Floats:
    """SE of ln x (k, n) from the curve's covariance and the error of `readings` readings, one number or (n,); NaN where ln x is not finite."""
    inside = np.isfinite(ln_x)
    at = shape(fit.theta, np.where(inside, ln_x, fit.theta[2]), fit.is_log_a)
    variance = _variance(fit, at, (fit.error_scale * at.response) ** 2 / readings)
    slope = slope_per_ln_dose(fit.theta, at)
    usable = inside & (slope > 1e-12 * np.exp(fit.theta[1]))
    ratio = np.sqrt(np.maximum(variance, 0.0)) / np.where(usable, slope, 1.0)
    return np.where(usable, ratio, np.nan)


def variances(fit: CurveFit, ln_x: Floats, blank: Floats) -> tuple[Floats, Floats]:
    """Variance of the response at finite ln x (k, n), MFI squared: that of the curve, which all its wells share, and of one reading.

    blank (n,): MFI that was taken off the response; its error, that of a mean of two wells, and the reading's on it are in the reading's."""
    at = shape(fit.theta, ln_x, fit.is_log_a)
    curve = _variance(fit, at, np.zeros_like(at.response))
    whole = np.maximum(at.response, 0.0) + blank
    return np.maximum(curve, 0.0), np.asarray(fit.error_scale**2 * (whole**2 + 0.5 * blank**2))


def _variance(fit: CurveFit, at: Shape, variance: Floats) -> Floats:
    """`variance` (k, n), with that of the curve added to it in place."""
    jacobian = gradient(fit.theta, at, fit.is_log_a)
    for k in range(5):
        for m in range(k + 1):
            variance += (1 if k == m else 2) * fit.covariance[k, m] * (jacobian[k] * jacobian[m])
    return variance


def t_quantile(freedom: Floats) -> Floats:
    """97.5 % quantile of Student's t for degrees of freedom of 1 or more, whole or not."""
    x = 2.0 / np.maximum(freedom, 1.0) - 1.0
    found = _LN_T[-1] + x * 0.0
    for coefficient in reversed(_LN_T[:-1]):  # as numpy's polynomials do, whose import takes as long as a plate's fit
        found = coefficient + found * x
    return np.asarray(np.exp(found))
