"""Between which concentrations may the truth of a reading lie that has no number of its own: below the range, or above it.

A reading keeps its interval whether or not its concentration may be reported: a bound alone does not say how near to it the
reading lies. The ends are the concentrations at the ends of the response's interval: the delta method of `backcalc` has none where
the curve is flat. The error is proportional to the response, so its interval is even on the log scale. The same page says how
much of a reading's error the wells of a plate have in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Flags, Floats
from pbis.core.curves.backcalc import BackCalculated, variances
from pbis.core.curves.logistic import LN_ZERO, forward, inverse
from pbis.core.curves.robust import CurveFit

_CHUNK = 4096  # readings worked on together, for the processor's cache; own choice, no result depends on it


@dataclass(frozen=True)
class Reach:
    """(slots, n): 95 % interval of the undiluted truth, 0 where it has no lower end, NaN at `high` where it has no upper one and
    at both where nothing is known; shared: part of the variance that all wells of the curve share, 0 to 1, NaN without an error."""

    low: Floats
    high: Floats
    shared: Floats


def reach(fit: CurveFit, response: Floats, back: BackCalculated, beyond: Flags, blank: Floats) -> Reach:
    """Intervals of readings (slots, n): of `back` where it has one, from the response's own where `beyond` is true.

    blank (n,): MFI that was taken off the responses before the fit, whose error they keep; 0 where nothing was.
    """
    low, high = back.end(-1), back.end(+1)
    shared = np.full(response.shape, np.nan)
    known = np.isfinite(fit.error_scale) & np.isfinite(response)
    for rows, curves in _chunks(np.isfinite(back.se_ln) & known & ~beyond):
        shared[rows, curves] = _shared(fit.take(curves), back.ln_x[rows, curves][None], blank[curves])[0]
    for rows, curves in _chunks(beyond & known):
        one, at = fit.take(curves), np.clip(back.ln_x[rows, curves], LN_ZERO, _FAR)[None]
        ends = _ends(one, at, response[rows, curves][None], back.t[curves], blank[curves])
        low[rows, curves], high[rows, curves] = ends
        shared[rows, curves] = _shared(one, at, blank[curves])[0]
    return Reach(low, high, shared)


def _chunks(where: Flags) -> list[tuple[np.ndarray, np.ndarray]]:
    rows, curves = np.nonzero(where)
    return [(rows[i : i + _CHUNK], curves[i : i + _CHUNK]) for i in range(0, rows.size, _CHUNK)]


def _shared(fit: CurveFit, ln_x: Floats, blank: Floats) -> Floats:
    """Variance of the curve over that of one reading and the curve."""
    inside = np.where(np.isfinite(ln_x), ln_x, 0.0)
    curve, reading = variances(fit, inside, blank)
    total = curve + reading
    usable = np.isfinite(ln_x) & (total > 0)
    return np.where(usable, curve / np.where(usable, total, 1.0), np.nan)


def _ends(fit: CurveFit, ln_x: Floats, response: Floats, t: Floats, blank: Floats) -> tuple[Floats, Floats]:
    """Ends (k,) of readings (1, k), one curve a reading: where the MFI is less or more by a factor of exp(t x its relative error)."""
    curve, reading = variances(fit, ln_x, blank)
    relative = t * np.sqrt(curve + reading) / (forward(fit.theta, ln_x, fit.is_log_a) + blank)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high = (
            inverse(fit.theta, response + (response + blank) * np.expm1(side * relative), fit.is_log_a)[0]
            for side in (-1.0, 1.0)
        )
    return _dose(low), _dose(high)


def _dose(ln_x: Floats) -> Floats:
    """Concentration; 0 below the curve, NaN above it, where there is no end."""
    return np.where(np.isposinf(ln_x), np.nan, np.exp(np.minimum(ln_x, _FAR)))


_FAR = 700.0  # ln; a dose at which every curve is at its top, and still a number
