"""The drawings of the page of control charts: a control over the plates of an instrument, and a lot's curves against their pooled one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pbis.core.words import plural
from pbis.draw import classed
from pbis.draw.scale import Scale
from pbis.report.text import significant
from pbis.report.trends_data import CONTROLS, ControlSeries

Reals = NDArray[np.float64]
Pixels = NDArray[np.int64]
WIDTH, HEIGHT, LEFT, RIGHT, EDGE = 640, 150, 78, 12, 14
CURVE_WIDTH = 640
WARNED, FAILED = 1, 2
MOST_NAMED = 6  # lots whose change has room for a name
ROOM = 90  # of a name, in pixels
USUAL = 10  # percent of the limits that may lie outside the drawing: those of the first plates of a lot, which are wide
APART = 22  # pixels that two numbers of an axis need


def control_chart(analyte: str, one: ControlSeries) -> str:
    """The values as they are judged, oldest plate left: mean and limits that each plate met, the plates of the guide set shaded, rule
    hits ringed, a line where a lot begins, a numbered flag where a person wrote something. Not accepted plates are hollow."""
    y = Scale(*_reach(one), HEIGHT - EDGE, EDGE)
    x = Scale(0.0, max(len(one) - 1.0, 1.0), LEFT + 8, WIDTH - RIGHT)
    at, up = x.pixels(np.arange(len(one))), y.pixels(one.value)
    parts = [*_guide(one, x), *_limits(one, x, y), *_lots(one, x)]
    parts.append(classed.path(_line(at, up), "run"))
    for chosen, kind in ((one.is_accepted, "dot"), (~one.is_accepted, "dot not")):
        parts.append(classed.path(classed.dots(at[chosen].tolist(), up[chosen].tolist()), kind))
    for severity, kind in ((WARNED, "hit"), (FAILED, "hit bad")):
        mine = one.hit == severity
        parts.append(classed.path(classed.diamonds(at[mine].tolist(), up[mine].tolist(), 9), kind))
    for i in np.flatnonzero(one.note).tolist():
        parts.append(classed.path(f"M{at[i]} {EDGE + 4}l-8-14h16z", "flag"))
        parts.append(classed.label(int(at[i]) + 10, EDGE + 4, str(one.note[i]), "tick"))
    title = f"{CONTROLS[one.metric]} of {analyte} over {plural(len(one), 'plate')}"
    return classed.figure(WIDTH, HEIGHT, title, parts)


def _reach(one: ControlSeries) -> tuple[float, float]:
    """From the lowest to the highest limit and value; what lies further out than the limits are wide is drawn at the edge."""
    low, high = float(one.value.min()), float(one.value.max())
    if np.isfinite(one.low).any():
        bottom, top = np.nanpercentile(one.low, USUAL), np.nanpercentile(one.high, 100 - USUAL)
        low = min(float(bottom), max(low, float(bottom - (top - bottom))))
        high = max(float(top), min(high, float(top + (top - bottom))))
    margin = 0.06 * (high - low) or max(abs(high) * 0.1, 1e-9)
    return low - margin, high + margin


def _guide(one: ControlSeries, x: Scale) -> list[str]:
    """A band over each stretch of plates that limits are taken from."""
    half = (x.stop - x.start) / max(len(one) - 1, 1) / 2
    return [
        classed.rectangle(round(max(x(a) - half, LEFT)), EDGE, round(min(x(b) + half, WIDTH)), HEIGHT - EDGE, "guide")
        for a, b in stretches(one.is_guide)
    ]


def _limits(one: ControlSeries, x: Scale, y: Scale) -> list[str]:
    """Mean and limits plate by plate, a line a stretch of plates that have them; the last of them in numbers at the left."""
    parts: list[str] = []
    named: list[int] = []
    for values, kind in ((one.low, "edge"), (one.high, "edge"), (one.mean, "mean")):
        known = np.isfinite(values)
        spans = [np.arange(a, b + 1) for known_at in stretches(known) for a, b in _one_lot(one.lot, *known_at)]
        parts.append(classed.path("".join(_steps(x.pixels(at), y.pixels(values[at])) for at in spans), kind))
        if known.any():
            last = float(values[known][-1])
            up = y.pixel(last)
            if all(abs(up - other) >= APART for other in named):
                parts.append(classed.label(LEFT - 4, up + 7, significant(last), "tick e"))
                named.append(up)
    return parts


def _one_lot(lot: Sequence[str], first: int, last: int) -> list[tuple[int, int]]:
    """A stretch in parts of one lot each: limits never lead from lot to lot."""
    begins = [first, *(i for i in range(first + 1, last + 1) if lot[i] != lot[i - 1])]
    return list(zip(begins, [*(i - 1 for i in begins[1:]), last], strict=True))


def _line(xs: Pixels, ys: Pixels) -> str:
    return classed.line(xs.tolist(), ys.tolist())


def _steps(xs: Pixels, ys: Pixels) -> str:
    """A line that names the places alone at which it turns; a single plate has a short one."""
    if len(xs) == 1:
        return f"M{xs[0] - 6} {ys[0]}h12"
    turns = np.ones(len(xs), bool)
    turns[1:-1] = (ys[1:-1] != ys[:-2]) | (ys[1:-1] != ys[2:])
    return _line(xs[turns], ys[turns])


def _lots(one: ControlSeries, x: Scale) -> list[str]:
    """A line before the first plate of each lot, with its name where there is room for names."""
    first = [i for i in range(1, len(one)) if one.lot[i] != one.lot[i - 1]]
    parts = [classed.path(classed.down([x.pixel(i - 0.5) for i in first], 0, HEIGHT), "lot")]
    if 0 < len(first) <= MOST_NAMED:
        named = [(x.pixel(i - 0.5), lot_name(one.lot[i])) for i in first]
        parts += [classed.label(at + 5, HEIGHT - 1, name, "tick") for at, name in named if at < WIDTH - ROOM]
        parts += [classed.label(at - 5, HEIGHT - 1, name, "tick e") for at, name in named if at >= WIDTH - ROOM]
    return parts


def lot_name(lot: str) -> str:
    """The kit's lot, without those of standards and controls."""
    return lot.partition(";")[0]


def stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last place of each run of true ones."""
    edge = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edge[::2], edge[1::2], strict=True)]


def curve_chart(title: str, dose: Reals, ratio_pct: Reals, reach_pct: Reals, earlier: Sequence[Reals]) -> str:
    """The latest plate's curve in percent of the pooled one at each standard, the plates before it in grey, the lot's spread as a band.

    dose: lowest first; reach_pct: half width of the band in percent, as a factor: 10 is from 100/1.1 to 110.
    """
    x = Scale(float(dose.min()), float(dose.max()), LEFT + 8, CURVE_WIDTH - RIGHT, is_log=True)
    ends = [ratio_pct, *earlier, 100 + reach_pct]
    most = max(10.0, *(float(np.nanmax(np.abs(np.log(each / 100)))) * 100 for each in ends if np.isfinite(each).any()))
    y = Scale(-most, most, HEIGHT - EDGE, EDGE)
    at = x.pixels(dose)

    def up(ratio: Reals) -> Pixels:
        return y.pixels(100 * np.log(ratio / 100))

    parts = []
    if np.isfinite(reach_pct).all():
        top, bottom = up(100 + reach_pct), up(1e4 / (100 + reach_pct))
        ring = [*zip(at, top, strict=True), *reversed(list(zip(at, bottom, strict=True)))]
        parts.append(classed.path("M" + "L".join(f"{a} {b}" for a, b in ring) + "z", "guide"))
    parts.append(classed.path(classed.across([y.pixel(0.0)], LEFT, CURVE_WIDTH), "mean"))
    parts.append(classed.path("".join(_line(at, up(each)) for each in earlier), "run"))
    parts.append(classed.path(_line(at, up(ratio_pct)), "fit"))
    parts.append(classed.path(classed.dots(at.tolist(), up(ratio_pct).tolist()), "dot"))
    for value in (-most, most):
        parts.append(classed.label(LEFT - 4, y.pixel(value) + 7, f"{100 * np.exp(value / 100):.0f} %", "tick e"))
    return classed.figure(CURVE_WIDTH, HEIGHT, title, parts)
