"""Figures of a page that a night wrote, each as a file that stands alone: the same drawing, with the rules of the style sheet that colour it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

from pbis.draw.page import harmless

_HEAD = r'<svg viewBox="0 0 (\d+) (\d+)" role="img" aria-label="([^"]*)">'
_HEADS = re.compile(_HEAD)
_FIGURE = re.compile(f"{_HEAD}(.*?)</svg>", re.DOTALL)
_RULE = re.compile(r"([^{}@]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"(?:svg )?((?:\.[\w-]+)+)|svg (?:text|path)")  # of a part of a drawing, whatever it stands in
_CLASSES = re.compile(r'class="([^"]*)"')
# Drawing programs know no variables; what stands behind the comma is what a page shows.
_DEFAULT = re.compile(r"var\(--[\w-]+,([^()]*)\)")
_HEADING = 36  # height above the drawing for its name, which stands beside it on the page
_FONT = "svg{font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif}"


@dataclass(frozen=True)
class WrittenFigure:
    """A figure of a page. title: what it says to who does not see it; width, height: of its drawing; inside: the drawing's own elements."""

    title: str
    width: int
    height: int
    inside: str

    @property
    def name(self) -> str:
        """What the figure is of."""
        return _name(self.title)


def names_in(written: str) -> tuple[str, ...]:
    """What the figures of a page are of, in the order of figures_in."""
    return tuple(_name(unescape(one[3])) for one in _HEADS.finditer(written))


def figures_in(written: str) -> tuple[WrittenFigure, ...]:
    """All that carry a title, in the order of the page; signs of a key are none."""
    found = _FIGURE.finditer(written)
    return tuple(WrittenFigure(unescape(one[3]), int(one[1]), int(one[2]), one[4]) for one in found)


def standing_alone(figure: WrittenFigure, style_sheet: Path) -> str:
    """The figure as an SVG document. style_sheet: of the page that it is of."""
    used = {name for told in _CLASSES.findall(figure.inside) for name in told.split()}
    style = "".join([_FONT, *(rule for names, rule in _rules(style_sheet) if names <= used)])
    size, top = f'width="{figure.width}" height="{figure.height + _HEADING}"', -_HEADING
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {top} {figure.width} {figure.height + _HEADING}" {size} role="img">'
        f"<title>{harmless(figure.title)}</title><style>{style}</style>"
        f'<rect y="{top}" {size} fill="#fff"/><text x="8" y="-12" font-weight="600">{harmless(figure.name)}</text>{figure.inside}</svg>'
    )


def _name(title: str) -> str:
    """The title up to what is told of the figure."""
    return title.partition(": ")[0]


@cache
def _rules(style_sheet: Path) -> tuple[tuple[frozenset[str], str], ...]:
    """Rules of a style sheet that are about parts of drawings, each with the classes that it asks for."""
    lines = style_sheet.read_text(encoding="utf-8").partition("@media print")[0].splitlines()
    return tuple(rule for line in lines for rule in _of_drawings(line.strip()))


def _of_drawings(line: str) -> Iterator[tuple[frozenset[str], str]]:
    whole = _RULE.fullmatch(line)
    for selector in whole[1].split(",") if whole else ():
        named = _SELECTOR.fullmatch(selector.strip())
        if whole and named:
            yield frozenset((named[1] or "").split(".")) - {""}, selector + "{" + _DEFAULT.sub(r"\1", whole[2]) + "}"
