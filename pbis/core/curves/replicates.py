"""What do the wells of one sample say together: combined on the log scale, with an interval.

`combine` joins stored results as the warehouse does: the mean of the wells' intervals, drawn in by what their own errors lose in
company; the part that they share, the error of their curve, stays. `replicate_interval` says the same from the curve itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.core.arrays import Floats
from pbis.core.curves.backcalc import BackCalculated, standard_error, t_quantile
from pbis.core.curves.logistic import inverse
from pbis.core.curves.robust import CurveFit


@dataclass(frozen=True)
class Combined:
    """What wells prove together. op: '=', '<', '>' or None; value NaN where op is None; CI: of the amount, also behind
    a bound, where it may begin at 0 or have no upper end (NaN)."""

    op: str | None
    value: float
    ci_low: float
    ci_high: float
    is_contradictory: bool


def combine(op: list[str], standing: Floats, ci_low: Floats, ci_high: Floats, shared: Floats | None = None) -> Combined:
    """Join wells of one sample and dilution. op of each: '=', '<' or '>'; standing: its concentration, or its bound.

    All quantified: geometric mean. All below (above): '<' the largest ('>' the smallest) bound. Quantified and below (above):
    '<' ('>') the geometric mean in which each censored well stands at its bound. Below and above: no value.
    shared: the part of each well's variance that the wells have in common; where it is not known, all of it.
    """
    below, above = "<" in op, ">" in op
    if not op or (below and above):
        return Combined(None, np.nan, np.nan, np.nan, below and above)
    joined = "<" if below else ">" if above else "="
    part = float(np.where(np.isnan(shared), 1.0, shared).mean()) if shared is not None else 1.0
    width = float(np.sqrt(part + (1.0 - part) / len(op)))
    is_alike = set(op) in ({"<"}, {">"})
    value = standing[0] if standing.min() == standing.max() else geometric_mean(standing)
    if joined == "=":
        low, high = (float(value * (geometric_mean(end) / value) ** width) for end in (ci_low, ci_high))
        return Combined(joined, float(value), low, high, is_contradictory=False)
    value = (standing.max() if below else standing.min()) if is_alike else value
    return Combined(joined, float(value), *_reach(ci_low, ci_high, width), is_contradictory=False)


def _reach(low: Floats, high: Floats, width: float) -> tuple[float, float]:
    """Interval behind a bound: on the log scale, or, where a well's begins at 0, from 0 to the mean of the upper ends drawn in."""
    if np.isnan(low).any():
        return np.nan, np.nan
    if low.min() == 0:
        middle, half = (low.mean() + high.mean()) / 2, (high.mean() - low.mean()) / 2
        return 0.0, float(middle + half * width)
    ends = geometric_mean(low), geometric_mean(high) if np.isfinite(high).all() else np.nan
    centre = float(np.sqrt(ends[0] * ends[1]))
    return (ends[0], np.nan) if np.isnan(centre) else tuple(centre * (end / centre) ** width for end in ends)


def geometric_mean(values: Floats) -> float:
    """Over the positive values; NaN where there is none."""
    logs = np.sort(np.log(values[values > 0]))
    return float(np.exp(logs.mean())) if logs.size else float("nan")


def replicate_interval(fit: CurveFit, response: Floats) -> BackCalculated:
    """Replicate wells (wells, n) of one sample a curve, NaN where there is none: mean of ln x and its standard error, (1, n).

    The error of the curve is shared and stays; the readings' own falls with their number. A well beyond an asymptote leaves
    its sample without a value: it says below or above, which a mean would hide.
    """
    ln_x = inverse(fit.theta, response, fit.is_log_a)
    read = np.isfinite(response)
    count = read.sum(axis=0)
    usable = (count > 0) & (np.isfinite(ln_x) | ~read).all(axis=0)
    total = np.where(read & usable, ln_x, 0.0).sum(axis=0)
    mean = np.where(usable, total / np.maximum(count, 1), np.nan)[None]
    return BackCalculated(mean, standard_error(fit, mean, np.maximum(count, 1)), t_quantile(fit.freedom))
