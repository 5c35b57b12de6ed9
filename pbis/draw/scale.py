"""From numbers of the data to places on the drawing, linear or logarithmic, and the round numbers that an axis names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Scale:
    """Maps low..high of the data to start..stop of the drawing; start may be the larger, as it is on an upward axis."""

    low: float
    high: float
    start: float
    stop: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        if self.is_log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)

    def held(self, value: float) -> float:
        """Like the scale, but values outside are drawn at its ends."""
        return self(min(max(value, self.low), self.high))

    def pixels(self, values: ArrayLike) -> NDArray[np.int64]:
        """Many values at a time, held, as whole numbers."""
        data = np.minimum(
            np.maximum(np.asarray(values, dtype=np.float64), self.low), self.high
        )  # clip, in a third of its time
        if self.is_log:
            share = np.log(data / self.low) / math.log(self.high / self.low)
        else:
            share = (data - self.low) / (self.high - self.low)
        return np.rint(self.start + share * (self.stop - self.start)).astype(np.int64)

    def pixel(self, value: float) -> int:
        """`held` as a whole number, in one go: a page asks two thousand times."""
        inside = min(max(value, self.low), self.high)
        if self.is_log:
            share = math.log(inside / self.low) / self._log_span
        else:
            share = (inside - self.low) / (self.high - self.low)
        return round(self.start + share * (self.stop - self.start))

    @cached_property
    def _log_span(self) -> float:
        return math.log(self.high / self.low)

    def ticks(self, count: int = 6) -> list[float]:
        return _log_ticks(self.low, self.high) if self.is_log else round_ticks(self.low, self.high, count)

    def decades(self) -> list[tuple[int, str]]:
        """Place and label of each power of ten on the scale, of every second one where there are many."""
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        step = 1 if last - first < 7 else 2
        return [(self.pixel(10.0**power), tick_label(10.0**power)) for power in range(first, last + 1, step)]


def padded(values: NDArray[np.float64], share: float = 0.06) -> tuple[float, float]:
    """Lowest and highest positive value, widened on the logarithmic scale; 1..10 where there is none."""
    kept = values[np.isfinite(values) & (values > 0)]
    if not kept.size:
        return 1.0, 10.0
    low, high = math.log(float(kept.min())), math.log(float(kept.max()))
    margin = max(share * (high - low), 0.2)
    return math.exp(low - margin), math.exp(high + margin)


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten inside low..high, about `count` of them."""
    rough = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 10) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def month_ticks(high: float) -> list[float]:
    """Follow-up reads in quarters and years."""
    step = next((s for s in (1, 3, 6, 12, 24) if high / s <= 9), 60)
    return [float(t) for t in np.arange(0, high + 1e-9, step)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = math.log10(high / low)
    steps = (1,) if decades > 4 else (1, 3) if decades > 2.2 else (1, 2, 5)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    found = [m * 10.0**k for k in powers for m in steps]
    return [t for t in found if low * 0.999 <= t <= high * 1.001]


def tick_label(value: float) -> str:
    """As short as it can be and the same in every font: 0.05, 2, 10k, 1M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.6g}{letter}"
    if 0 < abs(value) < 1e-4:  # .6g would write 1e-05
        return f"{value:.12f}".rstrip("0")
    return f"{value:.6g}"
