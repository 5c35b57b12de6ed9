"""Marks whose looks are attributes, so that a figure saved alone keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pbis.draw import svg
from pbis.draw.palette import INK, LINE, SOFT
from pbis.draw.svg import element, number


def line(x1: float, y1: float, x2: float, y2: float, colour: str = LINE, width: float = 1, dash: str = "") -> str:
    return element("line", _stroke(colour, width, dash), x1=x1, y1=y1, x2=x2, y2=y2)


def polyline(points: Iterable[tuple[float, float]], colour: str, width: float = 2, dash: str = "") -> str:
    look = f'points="{_places(points)}" fill="none" {_stroke(colour, width, dash)} stroke-linejoin="round"'
    return element("polyline", look)


def polygon(points: Iterable[tuple[float, float]], colour: str, opacity: float = 0.15) -> str:
    return element("polygon", f'points="{_places(points)}" fill="{colour}" fill-opacity="{opacity}"')


def rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none", radius: float = 0) -> str:
    look = f'fill="{fill}" stroke="{stroke}"'
    return element("rect", look, x=x, y=y, width=max(width, 0), height=max(height, 0), rx=radius)


def circle(x: float, y: float, radius: float, fill: str, stroke: str = "none", width: float = 1) -> str:
    return element("circle", f'fill="{fill}" {_stroke(stroke, width)}', cx=x, cy=y, r=radius)


def text(
    x: float, y: float, words: str, size: float = 12, colour: str = INK, anchor: str = "start", bold: bool = False,
    turn: float = 0,
) -> str:  # fmt: skip
    """turn: degrees about the point (x, y); -90 reads from below."""
    look = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    look += ' font-weight="600"' if bold else ""
    look += f' transform="rotate({number(turn)} {number(x)} {number(y)})"' if turn else ""
    return element("text", look, svg.said(words), x=x, y=y)


def upright(x: float, y: float, words: str) -> str:
    """The title of a vertical axis, centred on the point."""
    return text(x, y, words, 12, SOFT, "middle", turn=-90)


def figure(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return svg.figure(width, height, title, parts, is_alone=True)


def _stroke(colour: str, width: float, dash: str = "") -> str:
    return f'stroke="{colour}" stroke-width="{width}"' + (f' stroke-dasharray="{dash}"' if dash else "")


def _places(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)
