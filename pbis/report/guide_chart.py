"""The values of a control with two pairs of limits: those that stand, and those that a guide set would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pbis.draw import inked
from pbis.draw.axes import Axes, legend
from pbis.draw.palette import BLUE, GREEN, INK, RED, SOFT
from pbis.draw.scale import Scale, padded

_SIZE = (760, 300)
_BOX = (74.0, 64.0, 744.0, 252.0)  # left, top, right, bottom
_LINES = (("mean", 1.5, ""), ("limit_low", 2.0, "7 4"), ("limit_high", 2.0, "7 4"))
WAS, THEN = "limits and mean now", "limits and mean then"


@dataclass(frozen=True)
class GuidePoint:
    """A plate on the chart, in the control's unit. is_chosen: of the guide set."""

    value: float
    is_accepted: bool
    is_chosen: bool


def guide_chart(title: str, points: Sequence[GuidePoint], before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The SVG, oldest plate left; chosen plates are full, others hollow, not accepted ones grey. before, after: mean, limit_low and limit_high, null
    where there are too few plates."""
    ends = [side[name] for side in (before, after) for name, *_ in _LINES if side.get(name) is not None]
    left, top, right, bottom = _BOX
    heights = np.array([*(one.value for one in points), *ends], float)
    place = Axes(Scale(0.0, max(len(points) + 1.0, 2.0), left, right), Scale(*padded(heights), bottom, top))
    parts = [inked.text(left, 18, title, 13, INK, bold=True)]
    parts += place.left_axis("value") + place.bottom_axis("plates of the lot, oldest first", [])
    for side, colour in ((before, RED), (after, GREEN)):
        for name, width, dash in _LINES:
            if side.get(name) is not None:
                at = place.y(side[name])
                parts.append(inked.line(left, at, right, at, colour, width, dash))
    for number, one in enumerate(points, 1):
        colour = BLUE if one.is_accepted else SOFT
        parts.append(inked.circle(*place.at(number, one.value), 4.5, colour if one.is_chosen else "none", colour, 1.5))
    return inked.figure(*_SIZE, title, [*parts, *legend(left, 40, [(RED, WAS), (GREEN, THEN)])])
