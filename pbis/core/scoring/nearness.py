"""How near a value lies to its cut-off, judged by what the assay can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, hypot, log, sqrt

Z95 = 1.96  # half width of a 95 % interval in standard errors
# The same of an assay's interval, which is Student's: 2.2 for the eleven degrees of freedom of seven levels and a background in
# duplicate. Of wells near a cut more come from curves whose error is judged too large than too small, which asks for a little more.
# Measured: bench/cut.py.
HALF_WIDTH = 2.3
# Plates of a lot are never taken to agree better than this when a value is marked: few plates may agree by luck. No probability
# hangs on it. Own choice, measured: bench/cut.py.
LEAST_PLATE_CV_PCT = 5.0


@dataclass(frozen=True)
class Nearness:
    """is_near: the cut lies within the 95 % interval. p_reached: probability that the true value reaches the cut; None without an interval."""

    is_near: bool
    p_reached: float | None


FAR = Nearness(is_near=False, p_reached=None)


def by_interval(value: float, low: float, high: float, cut: float, plate_cv_pct: float = 0.0) -> Nearness:
    """From an assay's 95 % CI, all four in one unit: the truth is lognormal around the value, SE = ln(high/low) / 2 / HALF_WIDTH.

    plate_cv_pct: what plates differ by beyond their curves' errors, which the interval does not hold; added to it."""
    if not 0 < low < high or value <= 0:
        return Nearness(low <= cut <= high, None)
    half, distance = log(high / low) / 2, log(value / cut)
    return Nearness(
        abs(distance) <= hypot(half, Z95 * max(plate_cv_pct, LEAST_PLATE_CV_PCT) / 100),
        normal_share(distance / hypot(half / HALF_WIDTH, plate_cv_pct / 100)),
    )


def by_reach(low: float, high: float | None, cut: float, plate_cv_pct: float = 0.0) -> Nearness:
    """From the 95 % interval behind a bound: the truth is lognormal about its middle, or, where it begins at 0, normal; without an
    upper end nothing is said of the probability."""
    if high is None:
        return Nearness(low <= cut, None)
    if low > 0:
        return by_interval(sqrt(low * high), low, high, cut, plate_cv_pct)
    if high <= 0:
        return FAR
    error = hypot(high / 2 / HALF_WIDTH, high / 2 * plate_cv_pct / 100)
    return Nearness(
        cut <= high * (1 + Z95 * max(plate_cv_pct, LEAST_PLATE_CV_PCT) / 100), normal_share((high / 2 - cut) / error)
    )


def by_cv(value: float, cut: float, cv_pct: float) -> Nearness:
    """From an assumed coefficient of variation (percent) at the cut; it gives no probability."""
    return Nearness(abs(value - cut) <= Z95 * cv_pct / 100 * cut, None)


def normal_share(distance: float) -> float:
    """Share of a normal distribution below `distance` standard deviations above its mean."""
    return 0.5 * (1 + erf(distance / sqrt(2)))
