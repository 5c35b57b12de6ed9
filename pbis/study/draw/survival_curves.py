"""Kaplan-Meier curves with interval bands, censoring ticks and numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pbis.draw import inked, palette
from pbis.draw.axes import Axes, axes, legend
from pbis.draw.scale import month_ticks
from pbis.study.draw.in_its_place import CannotDraw, said_in_its_place
from pbis.study.stats.km import SurvivalCurve, number_at_risk
from pbis.study.stats.survival import Floats, Survival


@dataclass(frozen=True)
class KmGroup:
    """One curve: its name, its data, its curve, and its median as words."""

    name: str
    data: Survival
    curve: SurvivalCurve
    median: str


@said_in_its_place
def km_figure(title: str, endpoint: str, groups: Sequence[KmGroup], remark: str) -> str:
    """Kaplan-Meier curves with interval bands, censoring ticks, p in the corner, numbers at risk below."""
    height = 330 + 22 * len(groups)
    longest = max((float(g.data.time.max(initial=0.0)) for g in groups), default=0.0)
    if not longest > 0:
        raise CannotDraw("nobody was followed up")
    plot = axes((0, longest * 1.02), (0, 1), (104, 24, 620, 262))
    ticks = month_ticks(longest)
    parts = [*plot.left_axis(endpoint, [0, 0.25, 0.5, 0.75, 1], percent=True)]
    parts += plot.bottom_axis("Months from first dose", ticks)
    for colour, group in zip(palette.SERIES, groups, strict=False):
        parts += _km_curve(plot, group, colour)
    parts += legend(640, 48, [(c, f"{g.name}") for c, g in zip(palette.SERIES, groups, strict=False)], 38)
    for k, group in enumerate(groups):
        parts.append(inked.text(668, 64 + 38 * k, f"median {group.median}", 11, palette.SOFT))
    parts += [inked.text(640, 64 + 38 * len(groups) + 18 * k, w, 12) for k, w in enumerate(remark.split("; "))]
    parts += _at_risk(plot, groups, ticks)
    return inked.figure(860, height, title, parts)


def _km_curve(plot: Axes, group: KmGroup, colour: str) -> list[str]:
    curve = group.curve
    line = _steps(plot, curve.time, curve.survival)
    low = _steps(plot, curve.time, np.nan_to_num(curve.low, nan=0.0))
    high = _steps(plot, curve.time, np.where(np.isnan(curve.high), curve.survival, curve.high))
    ticks = [inked.line(plot.x(t), plot.y(s) - 4, plot.x(t), plot.y(s) + 4, colour, 1.3) for t, s in _censored(curve)]
    return [inked.polygon([*high, *reversed(low)], colour, 0.12), inked.polyline(line, colour, 2.2), *ticks]


def _censored(curve: SurvivalCurve) -> list[tuple[float, float]]:
    rows = curve.censored > 0
    return list(zip(curve.time[rows].tolist(), curve.survival[rows].tolist(), strict=True))


def _steps(plot: Axes, time: Floats, value: Floats) -> list[tuple[float, float]]:
    points = [plot.at(0.0, 1.0)]
    level = 1.0
    for t, v in zip(time.tolist(), value.tolist(), strict=True):
        points += [plot.at(t, level), plot.at(t, v)]
        level = v
    return points


def _at_risk(plot: Axes, groups: Sequence[KmGroup], ticks: list[float]) -> list[str]:
    parts = [inked.text(plot.left - 96, plot.bottom + 56, "At risk", 11, palette.SOFT)]
    for k, (colour, group) in enumerate(zip(palette.SERIES, groups, strict=False)):
        y = plot.bottom + 76 + 20 * k
        counts = number_at_risk(group.data, np.array(ticks))
        parts.append(inked.text(plot.left - 96, y, _clipped(group.name, 11), 11, colour, bold=True))
        parts += [
            inked.text(plot.x(t), y, str(c), 11, palette.INK, "middle") for t, c in zip(ticks, counts, strict=True)
        ]
    return parts


def _clipped(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1] + "…"
