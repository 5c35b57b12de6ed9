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

WIDTH = 560  # two of them fit beside each other with letters of 11 points


@dataclass(frozen=True)
class KmGroup:
    """One curve: its name, its data, its curve, and its median as words."""

    name: str
    data: Survival
    curve: SurvivalCurve
    median: str


@said_in_its_place
def km_figure(title: str, endpoint: str, groups: Sequence[KmGroup], remark: str) -> str:
    """Kaplan-Meier curves with interval bands and censoring ticks; above them who is who and the remark, a line of it for each part that
    `; ` ends; numbers at risk below. Narrow, so that two stand beside each other."""
    remarks = remark.split("; ")
    top = 34 + 19 * max(len(groups), len(remarks))
    longest = max((float(g.data.time.max(initial=0.0)) for g in groups), default=0.0)
    if not longest > 0:
        raise CannotDraw("nobody was followed up")
    plot = axes((0, longest * 1.02), (0, 1), (96, top, WIDTH - 16, top + 226))
    ticks = month_ticks(longest)
    parts = [*plot.left_axis(endpoint, [0, 0.25, 0.5, 0.75, 1], percent=True)]
    parts += plot.bottom_axis("Months from first dose", ticks)
    for colour, group in zip(palette.SERIES, groups, strict=False):
        parts += _km_curve(plot, group, colour)
    names = [(c, f"{g.name}, median {g.median}") for c, g in zip(palette.SERIES, groups, strict=False)]
    parts += legend(16, 24, names, 19)
    parts += [inked.text(WIDTH - 16, 24 + 19 * k, w, 13, anchor="end", bold=k == 0) for k, w in enumerate(remarks)]
    parts += _at_risk(plot, groups, ticks)
    return inked.figure(WIDTH, top + 306 + 22 * len(groups), title, parts)


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
    parts = [inked.text(plot.left - 88, plot.bottom + 56, "At risk", 11, palette.SOFT)]
    for k, (colour, group) in enumerate(zip(palette.SERIES, groups, strict=False)):
        y = plot.bottom + 76 + 20 * k
        counts = number_at_risk(group.data, np.array(ticks))
        parts.append(inked.text(plot.left - 88, y, _clipped(group.name, 11), 11, colour, bold=True))
        parts += [
            inked.text(plot.x(t), y, str(c), 11, palette.INK, "middle") for t, c in zip(ticks, counts, strict=True)
        ]
    return parts


def _clipped(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1] + "…"
