"""A plot area with two scales, ticks at round numbers and labels: what a figure with attributes stands on."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.draw import inked
from pbis.draw.palette import GRID, SOFT
from pbis.draw.scale import Scale, tick_label


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
        parts = [inked.line(self.left, self.bottom, self.right, self.bottom, SOFT)]
        for value in marks:
            at = self.x(value)
            parts += [
                inked.line(at, self.bottom, at, self.bottom + 4, SOFT),
                inked.text(at, self.bottom + 17, _word(value, percent), 11, SOFT, "middle"),
            ]
        return [*parts, inked.text((self.left + self.right) / 2, self.bottom + 34, title, 12, SOFT, "middle")]

    def left_axis(self, title: str, ticks: list[float] | None = None, percent: bool = False) -> list[str]:
        parts = []
        for value in self.y.ticks(5) if ticks is None else ticks:
            at = self.y(value)
            parts += [
                inked.line(self.left, at, self.right, at, GRID),
                inked.text(self.left - 7, at + 4, _word(value, percent), 11, SOFT, "end"),
            ]
        return [*parts, inked.upright(self.left - 44, (self.top + self.bottom) / 2, title)]


def _word(value: float, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else tick_label(value)


def axes(x: tuple[float, float], y: tuple[float, float], box: tuple[float, float, float, float]) -> Axes:
    """box: left, top, right, bottom in pixels; x, y: low and high of the data."""
    left, top, right, bottom = box
    return Axes(Scale(*x, left, right), Scale(*y, bottom, top))


def legend(x: float, y: float, entries: list[tuple[str, str]], step: float = 18) -> list[str]:
    """Colour and words, one below the other."""
    parts = []
    for k, (colour, words) in enumerate(entries):
        parts += [
            inked.line(x, y + k * step - 4, x + 22, y + k * step - 4, colour, 3),
            inked.text(x + 28, y + k * step, words, 12),
        ]
    return parts
