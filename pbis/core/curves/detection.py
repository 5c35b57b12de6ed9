"""What is the least amount that differs from nothing: background mean + some SD on the curve, with the SD pooled.

A plate has two background wells, so the SD of one plate alone is hardly known. It is pooled with the curve's own error at
dose 0, and, when asked, over the plates of the same kit lot on the same instrument.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Floats, Ints
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.fit import FIVE_PL, Fitted
from pbis.core.curves.logistic import forward
from pbis.core.curves.reading_error import reading_error


@dataclass(frozen=True)
class Spread:
    """Sum of squares about the background's mean (n,), in MFI squared, and its degrees of freedom."""

    squares: Floats
    freedom: Floats

    @property
    def sd(self) -> Floats:
        """MFI; NaN where nothing is known."""
        known = self.freedom > 0
        return np.where(known, np.sqrt(self.squares / np.where(known, self.freedom, 1.0)), np.nan)


def background_spread(fitted: Fitted, blank: Floats) -> Spread:
    """Spread of each curve's background wells, joined by the curve's error of a reading at dose 0. blank (n,): MFI that was taken off
    the responses, 0 where nothing was."""
    levels = fitted.screened.levels
    mean, own = np.nan_to_num(levels.mean[0]) + blank, np.nan_to_num(levels.sd[0])
    own_freedom = np.maximum(levels.count[0] - 1, 0)
    error, freedom = _error(fitted, blank)
    shared = np.nan_to_num(error * mean)
    shared_freedom = np.where(np.isfinite(error), freedom, 0.0) * levels.has_well[0]
    squares = own**2 * own_freedom + shared**2 * shared_freedom
    counts = fitted.has_curve & levels.has_well[0]
    return Spread(np.where(counts, squares, 0.0), np.where(counts, own_freedom + shared_freedom, 0.0))


def _error(fitted: Fitted, blank: Floats) -> tuple[Floats, Floats]:
    """Relative SD of one reading's MFI and its degrees of freedom (n,). A curve of net MFI has none of its own: its residuals over the
    whole signal have, and a curve that was not fitted here has lost no freedom to them."""
    fit, points = fitted.fit, fitted.points
    if fit.is_log_a:
        return fit.error_scale, fit.freedom
    response = forward(fit.theta, points.ln_dose, False)
    relative = np.where(points.is_read, (points.y - response) / np.maximum(response + blank, 1.0), 0.0)
    is_own = np.isfinite(fit.covariance[0, 0])
    parameters = np.where(is_own, 4.0 + (fitted.model == FIVE_PL), 0.0)
    freedom = np.maximum(points.is_read.sum(axis=0) - parameters, 1.0)
    return reading_error(relative, points.is_read, parameters), freedom


def pooled(spread: Spread, group: Ints) -> Spread:
    """The spread of each curve's group (n,): of plates of one lot, for example."""
    size = int(group.max(initial=-1)) + 1
    squares, freedom = (np.asarray(np.bincount(group, v, size), float) for v in (spread.squares, spread.freedom))
    return Spread(squares[group], freedom[group])


def detection_limit(fitted: Fitted, sd: Floats, lod_sds: float) -> Floats:
    """Concentration (n,) at the background's mean + lod_sds x sd; NaN where there is none."""
    levels = fitted.screened.levels
    usable = fitted.has_curve & levels.has_well[0] & np.isfinite(sd)
    # A net reading of nothing differs from 0 by its own error and by that of the mean of so many background wells.
    both = 1.0 if fitted.fit.is_log_a else np.sqrt(1.0 + 1.0 / np.maximum(levels.count[0], 1))
    response = np.where(usable, np.nan_to_num(levels.mean[0]) + lod_sds * np.nan_to_num(sd) * both, np.nan)
    x = back_calculate(fitted.fit, response[None]).x[0]
    return np.where((x > 0) & np.isfinite(x), x, np.nan)
