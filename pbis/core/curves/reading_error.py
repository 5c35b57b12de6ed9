"""How large is the error of one reading, when a few of a curve's wells may be wild: with it intervals are made."""

from __future__ import annotations

import math

import numpy as np

from pbis.core.arrays import Flags, Floats
from pbis.core.curves.method import FIT, FitRules


def reading_error(relative: Floats, read: Flags, parameters: Floats, rules: FitRules = FIT) -> Floats:
    """Relative SD (n,) of a reading from residuals (points, n) of which few may be wild: Huber's proposal 2.

    The SD at which residuals cut off at k SD have the mean square that normal errors would have; then again without those
    that are wild by it. parameters (n,) were fitted to the same points. Source: Huber, Robust Statistics, 1981, 6.7.
    """
    with_wild = _cut_error(relative, read, parameters, rules)
    tame = read & (np.abs(relative) <= rules.wild_scales * np.maximum(with_wild, rules.scale_floor))
    return _cut_error(relative, tame, parameters, rules)


def _cut_error(relative: Floats, read: Flags, parameters: Floats, rules: FitRules) -> Floats:
    """The one SD (n,) with v = SD^2 = sum(min(r^2, k^2 v)) / (freedom E min(z^2, k^2)).

    Where exactly the m largest residuals are cut off this is a plain quotient, so every m is tried at once.
    """
    square = np.sort(np.where(read, relative * relative, 0.0), axis=0)[::-1]
    above = np.arange(square.shape[0])[:, None]
    freedom = np.maximum(read.sum(axis=0) - parameters, 1.0) * _cut_variance(rules.huber_k)
    left = freedom - above * rules.huber_k**2
    variance = np.cumsum(square[::-1], axis=0)[::-1] / np.where(left > 0, left, 1.0)
    corner = rules.huber_k**2 * variance
    larger = np.vstack([np.full((1, square.shape[1]), np.inf), square[:-1]])
    fits = (left > 0) & (square <= corner) & (larger >= corner)
    first = np.argmax(fits, axis=0)  # rounding may leave none: then nothing is cut off
    return np.asarray(np.sqrt(variance[first, np.arange(first.size)]))


def _cut_variance(k: float) -> float:
    """E min(z^2, k^2) of a standard normal z."""
    density = math.exp(-0.5 * k * k) / math.sqrt(2.0 * math.pi)
    beyond = math.erfc(k / math.sqrt(2.0))
    return 1.0 - beyond - 2.0 * k * density + k * k * beyond
