"""Which fit does a curve end with: the rest of the fallback ladder, for both methods, with every step on record.

3. grid start and Levenberg-Marquardt; 4. Huber's weights; 6. a parameter at a bound or no convergence: 4PL instead, and where
that fails too, no quantification. The instrument's method knows no fallback: a degenerate curve is named and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pbis.core.arrays import Flags, Ints
from pbis.core.curves.logistic import lower_asymptote
from pbis.core.curves.method import FIT, FitRules, Method
from pbis.core.curves.robust import CurveFit, fit_robust
from pbis.core.curves.screen import Screened, screen
from pbis.core.curves.standards import Standards
from pbis.core.curves.xponent import fit_xponent
from pbis.core.tolerances import Tolerances

_Kind = TypeVar("_Kind", bound=np.generic)

NO_MODEL, FOUR_PL, FIVE_PL = 0, 4, 5  # the number of a model's parameters


@dataclass(frozen=True)
class Fitted:
    """Screened and fitted curves. `fit` has harmless placeholder columns where `model` is NO_MODEL.

    model: NO_MODEL, FOUR_PL or FIVE_PL (n,); fell_back: 5PL was tried first; hit_bound: it had a parameter at a bound (else it
    did not converge); failed: fits were tried and none is usable.
    """

    method: Method
    screened: Screened
    fit: CurveFit
    model: Ints
    fell_back: Flags
    hit_bound: Flags
    failed: Flags
    from_export: Flags | None = None  # (n,): the export's own coefficients stand in; None where none do

    @property
    def has_curve(self) -> Flags:
        return self.model > NO_MODEL

    @property
    def points(self) -> Standards:
        return self.screened.points


def fit_curves(
    points: Standards, method: Method, wants_four: Flags, tolerances: Tolerances, rules: FitRules = FIT
) -> Fitted:
    """Fit n curves. wants_four (n,): the instrument's method is to use 4PL there; the robust method chooses by itself."""
    screened = screen(points, tolerances, may_drop=method == "robust", rules=rules)
    if method == "xponent":
        return _fit_as_instrument(screened, wants_four)
    return _fit_robustly(screened, rules)


def _fit_robustly(screened: Screened, rules: FitRules) -> Fitted:
    levels = screened.used_levels
    model = np.where(
        levels >= rules.levels_for_5pl, FIVE_PL, np.where(levels >= rules.levels_for_4pl, FOUR_PL, NO_MODEL)
    )
    model = np.where(screened.is_flat | screened.is_falling, NO_MODEL, model)
    fit = _placeholder(screened.points, is_log_a=True)
    first = np.flatnonzero(model)
    if first.size:
        fit = _put(fit, first, fit_robust(screened.points.take(first), model[first] == FIVE_PL, rules))
    poor = (model > NO_MODEL) & (~fit.is_converged | fit.is_at_bound.any(axis=0))
    fell_back = poor & (model == FIVE_PL)
    hit_bound = fell_back & fit.is_at_bound.any(axis=0)
    second = np.flatnonzero(fell_back)
    if second.size:
        fit = _put(fit, second, fit_robust(screened.points.take(second), np.zeros(second.size, bool), rules))
    model = np.where(fell_back, FOUR_PL, model)
    failed = (model > NO_MODEL) & (~fit.is_converged | fit.is_at_bound.any(axis=0))
    return Fitted("robust", screened, fit, np.where(failed, NO_MODEL, model), fell_back, hit_bound, failed)


def _fit_as_instrument(screened: Screened, wants_four: Flags) -> Fitted:
    levels = screened.used_levels
    is_five = ~wants_four & (levels >= 5)
    model = np.where(is_five, FIVE_PL, np.where(levels >= 4, FOUR_PL, NO_MODEL))
    model = np.where(screened.is_falling, NO_MODEL, model)
    fit = _placeholder(screened.points, is_log_a=False)
    first = np.flatnonzero(model)
    if first.size:
        fit = _put(fit, first, fit_xponent(screened.points.take(first), model[first] == FIVE_PL))
    none = np.zeros(levels.size, bool)
    return Fitted("xponent", screened, fit, model, none, none, none)


def degenerate(fitted: Fitted, rules: FitRules = FIT) -> Flags:
    """Curves with a parameter at a bound, an exponent beyond the largest sensible one, or no convergence; (n,)."""
    slope, asymmetry = np.exp(fitted.fit.theta[3]), np.exp(fitted.fit.theta[4])
    extreme = (slope >= rules.largest_exponent) | (asymmetry >= rules.largest_exponent)
    poor = fitted.has_curve & (fitted.fit.is_at_bound.any(axis=0) | extreme | ~fitted.fit.is_converged)
    replaced = fitted.hit_bound & ~fitted.fell_back  # by the export's own curve, or by none
    return np.asarray(poor | replaced)


def top_not_reached(fitted: Fitted, rules: FitRules = FIT) -> Flags:
    """Curves whose upper asymptote is extrapolated far beyond the highest level; (n,)."""
    levels = fitted.screened.levels
    highest = np.where(levels.has_well, levels.mean, -np.inf).max(axis=0, initial=-np.inf)
    rise = np.where(np.isfinite(highest), highest, 0.0) - lower_asymptote(fitted.fit.theta, fitted.fit.is_log_a)
    return np.asarray(fitted.has_curve & (np.exp(fitted.fit.theta[1]) > rules.top_not_reached * rise))


def _placeholder(points: Standards, *, is_log_a: bool) -> CurveFit:
    n = points.size
    zero, no = np.zeros(n), np.zeros(n, bool)
    return CurveFit(
        theta=np.zeros((5, n)),
        covariance=np.zeros((5, 5, n)),
        scale=zero,
        error_scale=zero,
        freedom=zero + 1.0,
        root_weight=np.zeros(points.y.shape),
        is_converged=no,
        is_at_bound=np.zeros((5, n), bool),
        iterations=np.zeros(n, np.int64),
        is_log_a=is_log_a,
    )


def _put(whole: CurveFit, where: Ints, part: CurveFit) -> CurveFit:
    """The fits `whole` with the columns `where` replaced by `part`."""
    return CurveFit(
        theta=_put_columns(whole.theta, where, part.theta),
        covariance=_put_columns(whole.covariance, where, part.covariance),
        scale=_put_columns(whole.scale, where, part.scale),
        error_scale=_put_columns(whole.error_scale, where, part.error_scale),
        freedom=_put_columns(whole.freedom, where, part.freedom),
        root_weight=_put_columns(whole.root_weight, where, part.root_weight),
        is_converged=_put_columns(whole.is_converged, where, part.is_converged),
        is_at_bound=_put_columns(whole.is_at_bound, where, part.is_at_bound),
        iterations=_put_columns(whole.iterations, where, part.iterations),
        is_log_a=whole.is_log_a,
    )


def _put_columns(whole: NDArray[_Kind], where: Ints, part: NDArray[_Kind]) -> NDArray[_Kind]:
    array = whole.copy()
    array[..., where] = part
    return array
