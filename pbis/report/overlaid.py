"""Standard curves laid over each other: a figure that stands on a page and is saved alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pbis.draw import inked
from pbis.draw.axes import Axes
from pbis.draw.palette import INK, SERIES, SOFT
from pbis.draw.scale import Scale, padded

_SIZE = (480, 360)
_BOX = (64.0, 44.0, 464.0, 300.0)  # left, top, right, bottom


@dataclass(frozen=True)
class OverlaidCurve:
    """A curve: its name, and at each standard (expected concentration in the curve's unit, fitted MFI, mean MFI read), lowest first; None where
    it gives none."""

    name: str
    levels: tuple[tuple[float, float | None, float | None], ...]


def overlaid(title: str, unit: str, curves: Sequence[OverlaidCurve]) -> str:
    """The SVG: lines through what the curves give at their standards, circles where the standards were read; both axes logarithmic."""
    doses = np.array([dose for curve in curves for dose, _, _ in curve.levels], float)
    heights = np.array([mfi for curve in curves for _, *both in curve.levels for mfi in both if mfi], float)
    left, top, right, bottom = _BOX
    place = Axes(Scale(*padded(doses), left, right, is_log=True), Scale(*padded(heights), bottom, top, is_log=True))
    parts = [inked.text(left, 18, title, 13, INK, bold=True)]
    parts += place.left_axis("MFI") + place.bottom_axis(f"expected concentration, {unit}")
    for at, curve in enumerate(curves):
        colour, dashes = SERIES[at % len(SERIES)], "" if at == 0 else "6 4"
        line = [place.at(dose, fitted) for dose, fitted, _ in curve.levels if fitted]
        parts.append(inked.polyline(line, colour, 2, dashes))
        parts += [inked.circle(*place.at(dose, read), 4, "none", colour, 1.5) for dose, _, read in curve.levels if read]
        parts += _named(left + 10, top + 14 + 18 * at, curve.name, colour, dashes)
    if not doses.size:
        parts.append(inked.text((left + right) / 2, (top + bottom) / 2, "no standards", 12, SOFT, "middle"))
    return inked.figure(*_SIZE, title, parts)


def _named(x: float, y: float, name: str, colour: str, dashes: str) -> list[str]:
    """A line of the key, dashed as the curve is, so that the two are told apart without their colours."""
    return [inked.polyline([(x, y - 4), (x + 26, y - 4)], colour, 2, dashes), inked.text(x + 32, y, name, 12)]
