"""Which points decide a curve: leave-one-level-out influence, and wells so far off that a person should look at them.

Proposals are proposals: nothing is left out of a fit here.
"""

from __future__ import annotations

import numpy as np

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.fit import FIVE_PL, Fitted
from pbis.core.curves.lm import minimise
from pbis.core.curves.logistic import forward, inverse
from pbis.core.curves.method import FIT, FitRules
from pbis.core.curves.robust import robust_problem
from pbis.core.curves.xponent import instrument_problem

_CHUNK = 8192  # levels left out at a time, which bounds the memory
_MIDDLE = (0.25, 0.5, 0.75)  # where on the ladder's ln span the influence is read


def level_influence_pct(fitted: Fitted, rules: FitRules = FIT) -> Floats:
    """Largest change (levels, n) of three mid-range concentrations when a level is left out, percent; NaN where it has no part.

    The instrument's own curves cannot be fitted without a level: NaN everywhere. The final weights stay, so this asks what the level's readings decide, not how the weights would settle without it.
    """
    level_rows = fitted.screened.levels.has_well & fitted.has_curve
    curves, rows = np.nonzero(level_rows.T if fitted.method != "instrument" else np.zeros_like(level_rows.T))
    out = np.full(level_rows.shape, np.nan)
    for at in range(0, rows.size, _CHUNK):
        here = slice(at, at + _CHUNK)
        out[rows[here], curves[here]] = _influence(fitted, rows[here], curves[here], rules)
    return out


def _influence(fitted: Fitted, rows: Ints, curves: Ints, rules: FitRules) -> Floats:
    """Influence of level rows[i] on curve curves[i], percent."""
    points, fit = fitted.points.take(curves), fitted.fit.take(curves)
    levels = fitted.screened.levels.take(curves)
    left_out = points.level == rows
    is_five = fitted.model[curves] == FIVE_PL
    if fitted.method == "robust":
        problem = robust_problem(
            points, fit.root_weight * ~left_out, is_five, rules, fitted.screened.levels.take(curves)
        )
    else:
        problem = instrument_problem(points.without(left_out), is_five)
    without = minimise(problem, fit.theta, tolerance=1e-6, most_iterations=25)
    middle = np.stack([levels.ln_dose_at(share) for share in _MIDDLE])
    ln_x = inverse(without.theta, forward(fit.theta, middle, fit.is_log_a), fit.is_log_a)
    change = np.abs(np.expm1(np.clip(np.where(np.isnan(ln_x), np.inf, ln_x) - middle, -50.0, 50.0)))
    return np.asarray(100.0 * np.minimum(change.max(axis=0), 1e6))


def proposed_exclusions(fitted: Fitted, rules: FitRules = FIT) -> Flags:
    """Points (points, n) more than `wild_scales` scales off: at most the worst one of a level, and two of a curve."""
    points, fit = fitted.points, fitted.fit
    if fitted.method != "robust":
        return np.zeros(points.y.shape, bool)
    fitted_y = forward(fit.theta, points.ln_dose, fit.is_log_a)
    off = np.abs(points.y / fitted_y - 1.0) / np.maximum(fit.scale, rules.scale_floor)
    off = np.where(points.is_read & fitted.has_curve & (off > rules.wild_scales), off, 0.0)
    columns = np.arange(points.size)
    proposed = np.zeros(points.y.shape, bool)
    for _ in range(rules.most_proposals):
        worst = np.argmax(off, axis=0)
        is_wild = off[worst, columns] > 0
        proposed[worst[is_wild], columns[is_wild]] = True
        off = np.where(points.level == points.level[worst, columns], 0.0, off)
    return proposed
