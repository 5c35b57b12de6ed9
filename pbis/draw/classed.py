"""Marks whose looks come from the classes of a page's style sheet, as compact SVG text.

Coordinates are whole numbers in a view box twice the size the figure is shown at, so a mark is right to half a pixel and
41 figures stay small.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pbis.draw.svg import figure, said

__all__ = ["across", "diamonds", "dots", "down", "figure", "label", "line", "path", "rectangle", "triangles"]


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
    steps = zip(*([after - before for before, after in pairwise(places)] for places in (xs, ys)), strict=True)
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


def label(x: int, y: int, words: str, kind: str = "") -> str:
    look = f' class="{kind}"' if kind else ""
    return f'<text{look} x="{x}" y="{y}">{said(words)}</text>'


def triangles(xs: Sequence[int], y: int, height: int) -> str:
    """Arrowheads with their tip at y, pointing up for a positive height, down for a negative one."""
    return "".join(f"M{x} {y}l9 {height}h-18z" for x in xs)
