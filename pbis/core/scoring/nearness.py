"""How near a value lies to its cut-off, judged by what the assay can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, log, sqrt

Z95 = 1.96  # half width of a 95 % interval in standard errors


@dataclass(frozen=True)
class Nearness:
    """is_near: the cut lies within 1.96 CV. flip_probability: that the true value is on the other side; None without a CI."""

    is_near: bool
    flip_probability: float | None


def by_interval(value: float, low: float, high: float, cut: float) -> Nearness:
    """From an assay's 95 % CI, all four in one unit: the truth is lognormal around the value, SE = ln(high/low) / 3.92."""
    if not 0 < low < high or value <= 0:
        return Nearness(low <= cut <= high, None)
    error = log(high / low) / (2 * Z95)
    distance = log(value / cut) / error
    return Nearness(abs(distance) <= Z95, 0.5 * (1 - erf(abs(distance) / sqrt(2))))


def by_cv(value: float, cut: float, cv_pct: float) -> Nearness:
    """From an assumed coefficient of variation (percent) at the cut; it gives no probability."""
    return Nearness(abs(value - cut) <= Z95 * cv_pct / 100 * cut, None)
