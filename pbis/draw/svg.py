"""SVG as text: elements, the figure around them, and other people's words made harmless, once for every drawing.

An element's look is either a class, for pages with a style sheet (pbis.draw.classed), or attributes, for figures that are
also saved alone (pbis.draw.inked). Never a `style` attribute, which the pages' policy forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from pbis.draw.words import visible

_FONT = 'font-family="system-ui,-apple-system,Segoe UI,Roboto,Helvetica Neue,Arial,sans-serif"'


@lru_cache(maxsize=4096)  # numbers of axes come again on every figure
def said(words: str) -> str:
    """Words inside a drawing: hidden signs written out, and nothing that could leave the text."""
    return escape(visible(words))


def verbatim(text: str) -> str:
    """Text as markup sign for sign, for what goes back into the field of a form in which a person typed it."""
    return escape(text)


def number(value: float) -> str:
    """At most one decimal: a tenth of a pixel."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.1f}".rstrip("0").rstrip(".")


def element(name: str, look: str, content: str | None = None, **place: float) -> str:
    """look: attributes, written as they are; content: SVG or words that are `said`, None for an empty element."""
    at = "".join(f' {key}="{number(value)}"' for key, value in place.items())
    head = f"<{name}{' ' if look else ''}{look}{at}"
    return f"{head}/>" if content is None else f"{head}>{content}</{name}>"


def figure(width: float, height: float, title: str, parts: Sequence[str], is_alone: bool = False) -> str:
    """is_alone: with what a file of its own needs: namespace, size, font and title."""
    box, named = f'viewBox="0 0 {number(width)} {number(height)}"', f'role="img" aria-label="{said(title)}"'
    if not is_alone:
        return f"<svg {box} {named}>{''.join(parts)}</svg>"
    size = f'width="{number(width)}" height="{number(height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} {size} {named} {_FONT}>'
    return f"{head}<title>{said(title)}</title>{''.join(parts)}</svg>"
