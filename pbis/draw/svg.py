"""The marks a scientific figure needs, as SVG text. Looks are attributes, so a figure saved alone keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

INK, SOFT, LINE, WASH = "#18212d", "#525d6b", "#d8dde4", "#f5f7f9"
BLUE, RED, GREEN, AMBER, PURPLE, TEAL = "#1d4f82", "#b3362a", "#2f7d4f", "#b4770b", "#6b4a9c", "#1f7f86"
SERIES = (BLUE, RED, GREEN, AMBER, PURPLE, TEAL)
_FONT = 'font-family="system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif"'


def number(value: float) -> str:
    """At most one decimal: a tenth of a pixel."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def line(x1: float, y1: float, x2: float, y2: float, colour: str = LINE, width: float = 1, dash: str = "") -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashes}/>'


def polyline(points: Iterable[tuple[float, float]], colour: str, width: float = 2, dash: str = "") -> str:
    marks = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    joined = 'stroke-linejoin="round"'
    return f'<polyline points="{marks}" fill="none" stroke="{colour}" stroke-width="{width}" {joined}{dashes}/>'


def polygon(points: Iterable[tuple[float, float]], colour: str, opacity: float = 0.15) -> str:
    marks = " ".join(f"{number(x)},{number(y)}" for x, y in points)
    return f'<polygon points="{marks}" fill="{colour}" fill-opacity="{opacity}"/>'


def rect(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none", radius: float = 0) -> str:
    place = f'x="{number(x)}" y="{number(y)}" width="{number(max(width, 0))}" height="{number(max(height, 0))}"'
    return f'<rect {place} rx="{radius}" fill="{fill}" stroke="{stroke}"/>'


def circle(x: float, y: float, radius: float, fill: str, stroke: str = "none", width: float = 1) -> str:
    look = f'fill="{fill}" stroke="{stroke}" stroke-width="{width}"'
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" {look}/>'


def text(
    x: float, y: float, words: str, size: float = 12, colour: str = INK, anchor: str = "start", bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    look = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}'
    return f'<text x="{number(x)}" y="{number(y)}" {look}>{escape(words)}</text>'


def turned(x: float, y: float, words: str, size: float = 12, colour: str = SOFT) -> str:
    """Text read from below, for a vertical axis; centred on the point."""
    place = f'x="{number(x)}" y="{number(y)}" transform="rotate(-90 {number(x)} {number(y)})"'
    return f'<text {place} font-size="{size}" fill="{colour}" text-anchor="middle">{escape(words)}</text>'


def figure(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    size = f'viewBox="0 0 {number(width)} {number(height)}" width="{number(width)}" height="{number(height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}" {_FONT}>'
    return f"{head}<title>{escape(title)}</title>{''.join(parts)}</svg>"
