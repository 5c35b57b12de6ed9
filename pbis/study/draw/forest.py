"""Forest plots: estimates with intervals against a reference line, one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pbis.draw import inked, palette
from pbis.draw.axes import Axes
from pbis.draw.scale import Scale
from pbis.study.draw.in_its_place import said_in_its_place


@dataclass(frozen=True)
class ForestRow:
    """A row of a forest plot; a row without a value is a heading. mark: what the value should be, where that is known."""

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    words: str = ""
    mark: float | None = None


@said_in_its_place
def forest(title: str, rows: Sequence[ForestRow], axis: str, reference: float = 1.0, is_log: bool = True) -> str:
    """Estimates with intervals against a reference line; intervals that leave the axis end in an arrow."""
    kept = [
        v for r in rows if r.value is not None for v in (r.value, r.low, r.high) if v is not None and np.isfinite(v)
    ]
    scale = _forest_scale(kept, reference, is_log)
    bottom = 30 + 24 * len(rows)
    plot = Axes(scale, Scale(0, 1, bottom, 20))
    at = scale(reference)
    parts = [inked.rect(0, 30 + 24 * k - 7, 860, 24, palette.WASH) for k in range(1, len(rows), 2)]
    parts += [inked.line(at, 18, at, bottom, palette.SOFT, 1, "3 3"), *plot.bottom_axis(axis, scale.ticks())]
    for k, row in enumerate(rows):
        parts += _forest_row(scale, row, 36 + 24 * k)
    return inked.figure(860, bottom + 44, title, parts)


def _forest_scale(values: list[float], reference: float, is_log: bool) -> Scale:
    if is_log:
        positive = [v for v in values if v > 0] or [reference]
        low, high = (
            max(min(*positive, reference / 1.5), reference / 20),
            min(max(*positive, reference * 1.5), reference * 20),
        )
        return Scale(low / 1.08, high * 1.08, 300, 640, True)
    low, high = min([*values, reference]), max([*values, reference])
    room = 0.06 * (high - low or 1)
    return Scale(low - room, high + room, 300, 640)


def _forest_row(scale: Scale, row: ForestRow, y: float) -> list[str]:
    is_heading = row.value is None and not row.words
    parts = [
        inked.text(8, y + 4, row.name, 12, palette.INK, bold=is_heading),
        inked.text(852, y + 4, row.words, 12, palette.INK, "end"),
    ]
    if row.value is None or not np.isfinite(row.value) or (scale.is_log and row.value <= 0):
        return parts
    if row.low is not None and row.high is not None and np.isfinite([row.low, row.high]).all():
        parts += _whisker(scale, max(row.low, 1e-9) if scale.is_log else row.low, row.high, y)
    half = 5.5
    if row.mark is not None:
        parts.append(inked.line(scale.held(row.mark), y - 10, scale.held(row.mark), y + 10, palette.AMBER, 3))
    return [*parts, inked.rect(scale.held(row.value) - half, y - half, 2 * half, 2 * half, palette.BLUE)]


def _whisker(scale: Scale, low: float, high: float, y: float) -> list[str]:
    a, b = scale.held(low), scale.held(high)
    parts = [inked.line(a, y, b, y, palette.BLUE, 1.6)]
    if low < scale.low:
        parts.append(inked.polygon([(a, y), (a + 7, y - 4), (a + 7, y + 4)], palette.BLUE, 1))
    if high > scale.high:
        parts.append(inked.polygon([(b, y), (b - 7, y - 4), (b - 7, y + 4)], palette.BLUE, 1))
    return parts
