"""Dilutional parallelism: does a diluted specimen read as much less as it was diluted? (ICH M10, 7.2; USP <1034> for slopes)"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from pbis.validation.stats.nested import Floats, Labels


@dataclass(frozen=True)
class Slope:
    """Common slope of ln measured on ln (1 / dilution) with its 95 % interval: 1 where dilution is followed; df: of the residuals."""

    value: float
    low: float
    high: float
    df: int


def common_slope(dilution: Floats, measured: Floats, specimen: Labels) -> Slope | None:
    """measured: in the well, not multiplied by its dilution. Each specimen has an intercept of its own.

    None with nothing left to tell the error from, or where no specimen has two dilutions.
    """
    x, y = -np.log(dilution), np.log(measured)
    names, at = np.unique(specimen, return_inverse=True)
    count = np.bincount(at)
    x, y = (v - (np.bincount(at, v) / count)[at] for v in (x, y))
    df = len(x) - len(names) - 1
    across = float(x @ x)
    if df < 1 or across < 1e-12:
        return None
    slope = float(x @ y) / across
    rest = y - slope * x
    width = float(t.ppf(0.975, df) * np.sqrt(rest @ rest / df / across))
    return Slope(slope, slope - width, slope + width, df)


def mean_interval(values: Floats) -> tuple[float, float, float]:
    """Mean with its 95 % interval (Student's t); no interval of one value."""
    middle = float(values.mean())
    if len(values) < 2:
        return middle, float("nan"), float("nan")
    width = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return middle, middle - width, middle + width


def mean_ratio(ratio: Floats) -> tuple[float, float, float]:
    """Geometric mean with its 95 % interval; no interval of one value."""
    middle, low, high = np.exp(mean_interval(np.log(ratio))).tolist()
    return middle, low, high
