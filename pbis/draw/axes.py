"""A plot area with two scales, ticks at round numbers and labels: what every figure here stands on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pbis.draw import svg


@dataclass(frozen=True)
class Scale:
    """Maps low..high of the data to start..stop of the drawing."""

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

    def ticks(self, count: int = 6) -> list[float]:
        return _log_ticks(self.low, self.high) if self.is_log else round_ticks(self.low, self.high, count)


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


def label(value: float) -> str:
    """As short as it can be: 0.05, 2, 10k."""
    if abs(value) >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:.6g}"


@dataclass(frozen=True)
class Axes:
    """The plot area, in pixels, and its scales."""

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        return min(self.x.start, self.x.stop)

    @property
    def right(self) -> float:
        return max(self.x.start, self.x.stop)

    @property
    def top(self) -> float:
        return min(self.y.start, self.y.stop)

    @property
    def bottom(self) -> float:
        return max(self.y.start, self.y.stop)

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.x(x), self.y(y)

    def bottom_axis(self, title: str, ticks: list[float] | None = None, percent: bool = False) -> list[str]:
        marks = self.x.ticks() if ticks is None else ticks
        parts = [svg.line(self.left, self.bottom, self.right, self.bottom, svg.SOFT)]
        for value in marks:
            at = self.x(value)
            parts += [
                svg.line(at, self.bottom, at, self.bottom + 4, svg.SOFT),
                svg.text(at, self.bottom + 17, _word(value, percent), 11, svg.SOFT, "middle"),
            ]
        return [*parts, svg.text((self.left + self.right) / 2, self.bottom + 34, title, 12, svg.SOFT, "middle")]

    def left_axis(self, title: str, ticks: list[float] | None = None, percent: bool = False) -> list[str]:
        parts = []
        for value in self.y.ticks(5) if ticks is None else ticks:
            at = self.y(value)
            parts += [
                svg.line(self.left, at, self.right, at, "#e8ebef"),
                svg.text(self.left - 7, at + 4, _word(value, percent), 11, svg.SOFT, "end"),
            ]
        return [*parts, svg.turned(self.left - 44, (self.top + self.bottom) / 2, title)]


def _word(value: float, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else label(value)


def axes(x: tuple[float, float], y: tuple[float, float], box: tuple[float, float, float, float]) -> Axes:
    """box: left, top, right, bottom in pixels; x, y: low and high of the data."""
    left, top, right, bottom = box
    return Axes(Scale(*x, left, right), Scale(*y, bottom, top))


def legend(x: float, y: float, entries: list[tuple[str, str]], step: float = 18) -> list[str]:
    """Colour and words, one below the other."""
    parts = []
    for k, (colour, words) in enumerate(entries):
        parts += [
            svg.line(x, y + k * step - 4, x + 22, y + k * step - 4, colour, 3),
            svg.text(x + 28, y + k * step, words, 12),
        ]
    return parts
