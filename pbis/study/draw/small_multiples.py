"""Small panels side by side, one an analyte or a pair, each with points, lines and the limit that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pbis.draw import inked, palette
from pbis.draw.axes import Axes
from pbis.draw.scale import Scale
from pbis.study.draw.in_its_place import CannotDraw, said_in_its_place
from pbis.study.stats.survival import Floats

ACROSS, WIDTH, HEIGHT = 3, 280, 210


@dataclass(frozen=True, eq=False)
class PanelLine:
    """A line through a panel."""

    x: Floats
    y: Floats
    colour: str = palette.BLUE
    dash: str = ""


@dataclass(frozen=True, eq=False)
class SmallPanel:
    """points: groups of (x, y) by colour; lines over them; across: heights of limits, drawn red and dashed; y: ends of
    its own; ticks: of the x axis, where it has few values; is_log_x: otherwise than the other panels."""

    name: str
    points: Sequence[tuple[Floats, Floats, str]]
    lines: Sequence[PanelLine] = ()
    across: Sequence[float] = ()
    y: tuple[float, float] | None = field(default=None)
    ticks: Sequence[float] = ()
    is_log_x: bool | None = None


@said_in_its_place
def panels(title: str, drawn: Sequence[SmallPanel], x: str, y: str, is_log: tuple[bool, bool]) -> str:
    """Small multiples, three across, each with axes of its own; x, y: titles of the axes, said once below and at the left."""
    if not drawn:
        raise CannotDraw("no analyte has what it shows")
    rows = -(-len(drawn) // ACROSS)
    parts = [part for k, one in enumerate(drawn) for part in _panel(one, k, is_log)]
    height = rows * HEIGHT + 30
    parts.append(inked.text(ACROSS * WIDTH / 2 + 20, height - 8, x, 12, palette.SOFT, "middle"))
    parts.append(inked.upright(14, rows * HEIGHT / 2, y))
    return inked.figure(ACROSS * WIDTH + 30, height, title, parts)


def _panel(one: SmallPanel, place: int, is_log: tuple[bool, bool]) -> list[str]:
    left, top = 68 + WIDTH * (place % ACROSS), 28 + HEIGHT * (place // ACROSS)
    xs = np.concatenate([p[0] for p in one.points] + [line.x for line in one.lines])
    ys = np.concatenate([p[1] for p in one.points] + [line.y for line in one.lines] + [np.array(one.across, float)])
    across = is_log[0] if one.is_log_x is None else one.is_log_x
    plot = Axes(
        Scale(*_ends(xs, across), left, left + WIDTH - 60, across),
        Scale(*(one.y or _ends(ys, is_log[1])), top + HEIGHT - 60, top, is_log[1]),
    )
    parts = [inked.text(left, top - 10, one.name, 12, palette.INK, bold=True), *_axes(plot, one.ticks)]
    for px, py, colour in one.points:
        parts += [
            inked.circle(plot.x.held(a), plot.y.held(b), 2.6, colour)
            for a, b in zip(px.tolist(), py.tolist(), strict=True)
        ]
    parts += [
        inked.line(plot.left, plot.y.held(v), plot.right, plot.y.held(v), palette.RED, 1.2, "4 3") for v in one.across
    ]
    for line in one.lines:
        at = [(plot.x.held(a), plot.y.held(b)) for a, b in zip(line.x.tolist(), line.y.tolist(), strict=True)]
        parts.append(inked.polyline(at, line.colour, 1.6, line.dash))
    return parts


def _axes(plot: Axes, ticks: Sequence[float]) -> list[str]:
    """Few ticks, since a panel is small."""
    parts = [inked.line(plot.left, plot.bottom, plot.right, plot.bottom, palette.SOFT)]
    for value in ticks or plot.x.ticks(3):
        at = plot.x(value)
        parts += [
            inked.line(at, plot.bottom, at, plot.bottom + 3, palette.SOFT),
            inked.text(at, plot.bottom + 14, f"{value:g}", 10, palette.SOFT, "middle"),
        ]
    for value in plot.y.ticks(4):
        at = plot.y(value)
        parts += [
            inked.line(plot.left, at, plot.right, at, palette.GRID),
            inked.text(plot.left - 5, at + 3, f"{value:g}", 10, palette.SOFT, "end"),
        ]
    return parts


def _ends(values: Floats, is_log: bool) -> tuple[float, float]:
    kept = values[np.isfinite(values) & ((values > 0) | (not is_log))]
    if not kept.size:
        raise CannotDraw("there is no number to draw")
    low, high = float(kept.min()), float(kept.max())
    if is_log:
        return low / 1.25, high * 1.25
    room = 0.06 * (high - low) or 0.5
    return low - room, high + room
