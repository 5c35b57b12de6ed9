"""A figure that cannot be drawn says so in its place: its numbers stand in the tables, and the rest of the study goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Concatenate, ParamSpec

from pbis.draw import inked, palette

Given = ParamSpec("Given")


class CannotDraw(Exception):
    """Why a figure has no axis; caught where it was to be drawn."""


def said_in_its_place(
    figure: Callable[Concatenate[str, Given], str],
) -> Callable[Concatenate[str, Given], str]:
    """Wrap a figure, whose first argument is its title: where it raises CannotDraw, the figure is that sentence."""

    @wraps(figure)
    def drawn(title: str, /, *args: Given.args, **kwargs: Given.kwargs) -> str:
        try:
            return figure(title, *args, **kwargs)
        except CannotDraw as why:
            words = inked.text(430, 34, f"This figure cannot be drawn: {why}.", 12, palette.SOFT, "middle")
            return inked.figure(860, 60, title, [words])

    return drawn


def span_of(values: Iterable[float], what: str, *, room: float = 0.0) -> tuple[float, float]:
    """Lowest and highest finite value of an axis, `room` (a share of their distance) further out. CannotDraw where there is none.

    Where all are equal the axis reaches half a unit to either side, so that there is an axis.
    """
    kept = [value for value in values if math.isfinite(value)]
    if not kept:
        raise CannotDraw(f"there is no number of {what}")
    low, high = min(kept), max(kept)
    if low == high:
        return low - 0.5, high + 0.5
    return low - room * (high - low), high + room * (high - low)


def require_finite(values: Iterable[float], what: str) -> None:
    """CannotDraw where an end of an axis is no number."""
    if not all(map(math.isfinite, values)):
        raise CannotDraw(f"there is no number of {what}")
