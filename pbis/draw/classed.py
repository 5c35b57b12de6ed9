"""Drawing: a logarithmic scale and the few marks a curve needs, as compact SVG text.

Coordinates are whole numbers in a view box twice the size the figure is shown at, so a mark is right to half a pixel and
41 figures stay small. Looks come from classes in report.css; no `style` attribute, which the page's policy forbids.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pbis.draw.words import visible


@dataclass(frozen=True)
class LogScale:
    """Maps low..high of the data to start..stop of the drawing; values outside are held at the ends."""

    low: float
    high: float
    start: int
    stop: int

    def __call__(self, values: ArrayLike) -> NDArray[np.int64]:
        data = np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)
        share = np.log(data / self.low) / math.log(self.high / self.low)
        return np.rint(self.start + share * (self.stop - self.start)).astype(np.int64)

    def at(self, value: float) -> int:
        return int(self(np.array([value]))[0])

    def decades(self) -> list[tuple[int, str]]:
        """Position and label of each power of ten on the scale."""
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
        step = 1 if last - first < 7 else 2
        return [(self.at(10.0**power), power_label(power)) for power in range(first, last + 1, step)]


@dataclass(frozen=True)
class LinearScale:
    """Like LogScale, on plain numbers."""

    low: float
    high: float
    start: int
    stop: int

    def __call__(self, values: ArrayLike) -> NDArray[np.int64]:
        data = np.clip(np.asarray(values, dtype=np.float64), self.low, self.high)
        share = (data - self.low) / (self.high - self.low)
        return np.rint(self.start + share * (self.stop - self.start)).astype(np.int64)

    def at(self, value: float) -> int:
        return int(self(np.array([value]))[0])


def power_label(power: int) -> str:
    """10 000 is `10k`: short, and the same in every font."""
    if power >= 6:
        return f"{10 ** (power - 6)}M"
    if power >= 3:
        return f"{10 ** (power - 3)}k"
    return str(10**power) if power >= 0 else f"{10.0**power:.{-power}f}"


def padded(values: NDArray[np.float64], share: float = 0.06) -> tuple[float, float]:
    """Lowest and highest positive value, widened on the logarithmic scale; 1..10 where there is none."""
    kept = values[np.isfinite(values) & (values > 0)]
    if not kept.size:
        return 1.0, 10.0
    low, high = math.log(float(kept.min())), math.log(float(kept.max()))
    margin = max(share * (high - low), 0.2)
    return math.exp(low - margin), math.exp(high + margin)


def path(marks: str, kind: str) -> str:
    return f'<path class="{kind}" d="{marks}"/>' if marks else ""


def dots(xs: Sequence[int], ys: Sequence[int]) -> str:
    """Zero-length strokes, which round line caps turn into dots: 12 bytes a point."""
    return "".join(f"M{x} {y}h0" for x, y in zip(xs, ys, strict=True))


def diamonds(xs: Sequence[int], ys: Sequence[int], size: int = 11) -> str:
    return "".join(f"M{x - size} {y}l{size}-{size} {size} {size}-{size} {size}z" for x, y in zip(xs, ys, strict=True))


def line(xs: Sequence[int], ys: Sequence[int]) -> str:
    """A polyline in relative steps, which are shorter than positions."""
    if not len(xs):
        return ""
    steps = zip(np.diff(xs).tolist(), np.diff(ys).tolist(), strict=True)
    return f"M{xs[0]} {ys[0]}l" + " ".join(f"{dx} {dy}" for dx, dy in steps).replace(" -", "-")


def across(ys: Sequence[int], left: int, right: int) -> str:
    return "".join(f"M{left} {y}h{right - left}" for y in ys)


def down(xs: Sequence[int], top: int, bottom: int) -> str:
    return "".join(f"M{x} {top}v{bottom - top}" for x in xs)


def rectangle(left: int, top: int, right: int, bottom: int, kind: str) -> str:
    """Nothing where the sides have crossed."""
    if right <= left or bottom <= top:
        return ""
    return f'<rect class="{kind}" x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"/>'


def label(x: int, y: int, content: str, kind: str = "") -> str:
    chosen = f' class="{kind}"' if kind else ""
    return f'<text{chosen} x="{x}" y="{y}">{escape(visible(content))}</text>'


def figure(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(visible(title))}">'
    return head + "".join(parts) + "</svg>"


def triangles(xs: Sequence[int], y: int, height: int) -> str:
    """Arrowheads with their tip at y, pointing up for a positive height, down for a negative one."""
    return "".join(f"M{x} {y}l9 {height}h-18z" for x in xs)
