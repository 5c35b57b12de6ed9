"""The distribution of a component: bars on a logarithmic axis, censored values hollow at their bound, cuts and limits as lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pbis.draw import classed
from pbis.draw.scale import Scale, padded
from pbis.report.cohort_data import Values
from pbis.report.text import significant

WIDTH, HEIGHT = 660, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 646, 46, 262
BINS = 28


def draw(values: Values, limits: Sequence[float]) -> str:
    """SVG. limits: distinct LLOQ x dilution in the values' unit, none for a laboratory test."""
    scale = _scale(values, limits)
    counts = _counts(values, scale)
    heights = Scale(0, _top(int(np.sum(counts, axis=0).max(initial=1))), BOTTOM, TOP)
    parts = [_frame(scale, heights, values.unit), *_bars(counts, heights), *_lines(values, limits, scale)]
    return classed.figure(WIDTH, HEIGHT, f"Distribution of {values.name}", parts)


def _scale(values: Values, limits: Sequence[float]) -> Scale:
    marks = [*limits, *(cut.value for cut in values.cuts)]
    low, high = padded(np.array([*values.number, *marks], dtype=np.float64))
    return Scale(low, high, LEFT, RIGHT, True)


def _counts(values: Values, scale: Scale) -> tuple[NDArray[np.int64], ...]:
    """Values in each bin: below their bound, quantified, above their bound."""
    place = (scale.pixels(np.nan_to_num(values.number, nan=scale.low)) - LEFT) * BINS // (RIGHT - LEFT)
    places = np.minimum(place, BINS - 1)
    kinds = (values.is_below, values.is_plain, values.is_above)
    return tuple(np.bincount(places[kind], minlength=BINS) for kind in kinds)


def _top(most: int) -> int:
    """A round number at or above the highest bar."""
    step = int(10 ** max(0, len(str(most)) - 1))
    return next(t for t in (step * k for k in (1, 2, 3, 4, 5, 6, 8, 10)) if t >= most)


def _frame(scale: Scale, heights: Scale, unit: str) -> str:
    decades = scale.decades()
    top, half = int(heights.high), heights.high / 2
    lines = classed.path(
        classed.down([x for x, _ in decades], TOP, BOTTOM) + classed.across([heights.pixel(half)], LEFT, RIGHT), "grid"
    )
    ticks = "".join(classed.label(x, BOTTOM + 25, said, "m") for x, said in decades)
    counts = classed.label(LEFT - 8, TOP + 8, str(top), "e") + classed.label(LEFT - 8, BOTTOM, "0", "e")
    words = classed.label(LEFT, HEIGHT - 6, "patients") + classed.label(
        RIGHT, HEIGHT - 6, "ratio" if unit == "1" else unit, "e"
    )
    return classed.rectangle(LEFT, TOP, RIGHT, BOTTOM, "plot") + lines + ticks + counts + words


def _bars(counts: tuple[NDArray[np.int64], ...], heights: Scale) -> list[str]:
    """Stacked: censored from below, quantified, censored from above."""
    parts, floor = [], np.zeros(BINS, dtype=np.int64)
    for kind, found in zip(("censored", "quant", "censored"), counts, strict=True):
        for place in np.flatnonzero(found).tolist():
            left, right = (LEFT + (RIGHT - LEFT) * step // BINS for step in (place, place + 1))
            bottom, top = heights.pixel(floor[place]), heights.pixel(floor[place] + found[place])
            parts.append(classed.rectangle(left + 1, top, right - 1, bottom, kind))
        floor = floor + found
    return parts


def _lines(values: Values, limits: Sequence[float], scale: Scale) -> list[str]:
    """Limits thin and broken; cuts thick, the site's own solid."""
    parts = (
        [classed.path(classed.down([scale.pixel(limit) for limit in limits], TOP, BOTTOM), "limit")] if limits else []
    )
    for cut in values.cuts:
        x = scale.pixel(cut.value)
        parts.append(classed.path(classed.down([x], TOP - 14, BOTTOM), "cut" if cut.is_site else "cut other"))
        parts.append(classed.label(min(max(x, LEFT + 60), RIGHT - 60), TOP - 20, significant(cut.value), "m"))
    return parts
