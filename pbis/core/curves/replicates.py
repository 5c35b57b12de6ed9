"""What do the wells of one sample say together: combined on the log scale, with an interval.

Two intervals answer two questions. `combine` joins stored results as the warehouse does: the geometric means of the wells'
ends, which treats all error as shared, because wells of a plate share their curve; it is safe, and wide. `replicate_interval`
starts from the curve, where the shared and the wells' own error are known apart, and is as narrow as the readings allow.
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
    """What wells prove together. op: '=', '<', '>' or None; value NaN where op is None; CI NaN where op is not '='."""

    op: str | None
    value: float
    ci_low: float
    ci_high: float
    is_contradictory: bool


def combine(op: list[str], standing: Floats, ci_low: Floats, ci_high: Floats) -> Combined:
    """Join wells of one sample and dilution. op of each: '=', '<' or '>'; standing: its concentration, or its bound.

    All quantified: geometric mean. All below (above): '<' the largest ('>' the smallest) bound. Quantified and below (above):
    '<' ('>') the geometric mean in which each censored well stands at its bound. Below and above: no value.
    """
    below, above = "<" in op, ">" in op
    if not op or (below and above):
        return Combined(None, np.nan, np.nan, np.nan, below and above)
    joined = "<" if below else ">" if above else "="
    if set(op) == {"<"} or set(op) == {">"}:
        return Combined(joined, float(standing.max() if below else standing.min()), np.nan, np.nan, False)
    value = standing[0] if standing.min() == standing.max() else geometric_mean(standing)
    low, high = (geometric_mean(end) if joined == "=" else np.nan for end in (ci_low, ci_high))
    return Combined(joined, float(value), low, high, is_contradictory=False)


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
