"""How sure is a concentration without linear approximations: the parametric bootstrap of curve and reading together.

Each repeat draws standards from the fitted curve, fits them anew by the same method, and inverts a new reading there. It costs
as many fits as repeats, so it serves to check the intervals of the delta method, and single results that matter.
"""

from __future__ import annotations

import numpy as np

from pbis.core.arrays import Floats
from pbis.core.curves.fit import FIVE_PL, Fitted
from pbis.core.curves.logistic import forward, inverse
from pbis.core.curves.robust import fit_robust
from pbis.core.curves.standards import standards

_QUANTILES = (0.025, 0.975)  # what leaves 95 % between them


def bootstrap_interval(fitted: Fitted, curve: int, response: Floats, normal: Floats) -> Floats:
    """95 % intervals (2, k) of the concentrations behind responses (k,) on one robust curve; NaN at an asymptote.

    normal: standard normal draws (points + k, repeats) of the caller, some hundreds of repeats. Errors are log-normal with the
    curve's error of a reading. Raises ValueError for a curve that was not fitted robustly.
    """
    if fitted.method != "robust" or not fitted.has_curve[curve]:
        raise ValueError("a bootstrap repeats the robust fit: it needs a curve that has one")
    column = np.full(normal.shape[1], curve)
    points, fit = fitted.points.take(column), fitted.fit.take(column)
    of_points, of_readings = np.exp(normal[: -response.size] * fit.error_scale), normal[-response.size :]
    drawn = forward(fit.theta, points.ln_dose, True) * of_points
    again = fit_robust(
        standards(points.level, points.dose, np.where(points.is_read, drawn, np.nan)),
        fitted.model[column] == FIVE_PL,
    )
    readings = response[:, None] * np.exp(of_readings * fit.error_scale)
    ln_x = inverse(again.theta, readings, True)
    low, high = np.quantile(np.exp(np.clip(ln_x, -700.0, 700.0)), _QUANTILES, axis=1)
    inside = np.isfinite(inverse(fit.theta[:, :1], response[:, None], True)[:, 0])
    return np.where(inside, np.stack([low, high]), np.nan)
