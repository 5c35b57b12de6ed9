"""How near a value lies to its cut-off, judged by what the assay can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, hypot, log, sqrt

Z95 = 1.96  # half width of a 95 % interval in standard errors
# The same of an assay's interval, which is Student's: 2.2 for the eleven degrees of freedom of seven levels and a background in
# duplicate. Of readings that lie so many errors from a cut more come from curves whose error is judged too large than too small, which
# asks for a little more. Measured: bench/cut.py.
HALF_WIDTH = 2.5
# Plates of a lot are never taken to agree better than this when a value is marked: few plates may agree by luck. No probability
# hangs on it. Own choice, measured: bench/cut.py.
LEAST_PLATE_CV_PCT = 5.0


@dataclass(frozen=True)
class Nearness:
    """is_near: the cut lies within the 95 % interval. p_reached: probability that the true value reaches the cut; None without an interval."""

    is_near: bool
    p_reached: float | None


FAR = Nearness(is_near=False, p_reached=None)


@dataclass(frozen=True)
class Beyond:
    """What an assay's interval does not hold, percent: by what plates differ beyond their curves' errors, as assumed and as found from
    the controls of the lot (None: too few plates), and what the place on the plate adds, far from the controls."""

    assumed: float
    found: float | None
    place: float

    @property
    def error(self) -> float:
        """As an SD of ln x, for a probability: what was found stands in the place of what is assumed."""
        return hypot(self.assumed if self.found is None else self.found, self.place) / 100

    @property
    def reach(self) -> float:
        """The same for a mark, which must not be missed: plates are never taken to agree better than is assumed."""
        return max(self.assumed, self.found or 0.0, LEAST_PLATE_CV_PCT) / 100


NOTHING_BEYOND = Beyond(0, None, 0)  # where nobody assumes anything


def by_interval(value: float, low: float, high: float, cut: float, beyond: Beyond = NOTHING_BEYOND) -> Nearness:
    """From an assay's 95 % CI, all four in one unit: the truth is lognormal around the value, SE = ln(high/low) / 2 / HALF_WIDTH,
    with what lies beyond the interval added to it."""
    if not 0 < low < high or value <= 0:
        return Nearness(low <= cut <= high, None)
    half, distance = log(high / low) / 2, log(value / cut)
    return Nearness(
        abs(distance) <= hypot(half, Z95 * beyond.reach),
        normal_share(distance / hypot(half / HALF_WIDTH, beyond.error)),
    )


def by_reach(low: float, high: float | None, cut: float, beyond: Beyond = NOTHING_BEYOND) -> Nearness:
    """From the 95 % interval behind a bound: the truth is lognormal about its middle, or, where it begins at 0, normal; without an
    upper end nothing is said of the probability."""
    if high is None:
        return Nearness(low <= cut, None)
    if low > 0:
        return by_interval(sqrt(low * high), low, high, cut, beyond)
    if high <= 0:
        return FAR
    error = high / 2 * hypot(1 / HALF_WIDTH, beyond.error)
    return Nearness(cut <= high * (1 + Z95 * beyond.reach), normal_share((high / 2 - cut) / error))


def by_cv(value: float, cut: float, cv_pct: float) -> Nearness:
    """From an assumed coefficient of variation (percent) at the cut; it gives no probability."""
    return Nearness(abs(value - cut) <= Z95 * cv_pct / 100 * cut, None)


def normal_share(distance: float) -> float:
    """Share of a normal distribution below `distance` standard deviations above its mean."""
    return 0.5 * (1 + erf(distance / sqrt(2)))
