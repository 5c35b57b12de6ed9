"""One figure a standard curve: standards, fit, controls, the samples' MFI as a rug, limits, and the recovery strip.

Left to right is concentration in the curve's unit, undiluted, bottom to top is MFI; both logarithmic. The strips below
share the concentration axis: each level's recovery on the band that the assay allowed it, and its mean MFI against the fitted curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pbis.core.curves.logistic import forward, from_instrument
from pbis.core.tolerances import Tolerances
from pbis.draw import classed
from pbis.draw.scale import Scale, padded
from pbis.draw.words import DASH
from pbis.report.controls import Control
from pbis.report.tabular import Slice
from pbis.report.text import listed, phrase, significant

WIDTH, HEIGHT = 720, 640
LEFT, RIGHT, TOP, BOTTOM = 84, 706, 40, 386
STRIP_TOP, STRIP_BOTTOM = 408, 500
RESIDUAL_TOP, RESIDUAL_BOTTOM = 514, 574
STRIP_LOW, STRIP_HIGH = 40.0, 160.0
LABEL_STEP = 26  # least distance of two labels of the strip, one above the other
RESIDUAL_EDGE = 30.0
FIT_POINTS = 56
RUG_STEP = 3
METHOD_WORDS = {
    "robust": "weights 1/y², then 1/f² with Huber",
    "xponent": "weights 1/y² a well, on net MFI",
    "instrument": "the export's own coefficients, on net MFI",
}


@dataclass(frozen=True)
class CurveData:
    """All that one figure needs. curve is a row of the curve frame, None where there is none; tolerances: those of the assay,
    None where it kept none; place: number of the figure on its page, by which the analyte's tile shows the same marks small."""

    analyte: str
    curve: dict[str, Any] | None
    result: Slice
    level: Slice
    controls: tuple[Control, ...]
    tolerances: Tolerances | None
    place: int = 0

    @cached_property
    def _roles(self) -> NDArray[np.object_]:
        return np.array(self.result.texts("well_role"), dtype=object)

    def pick(self, role: str, column: str) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.result.numbers(column)[self._roles == role]
        return found


@dataclass(frozen=True)
class LevelMark:
    """A level of known concentration: its place on the x axis; recovery, mean and fitted MFI, NaN where there is none."""

    place: int
    recovery: float
    mean: float
    fitted: float


@dataclass(frozen=True)
class CurveScales:
    x: Scale
    y: Scale
    strip: Scale
    residual: Scale


def draw(data: CurveData) -> str:
    """The figure as SVG text; empty where the plate has neither standards nor controls of the analyte."""
    return draw_all([data])[0]


def draw_all(figures: Sequence[CurveData]) -> list[str]:
    """The same of many curves, which are computed together."""
    scales = [_scales(data) if _has_anything(data) else None for data in figures]
    shown = [(data, scale) for data, scale in zip(figures, scales, strict=True) if scale is not None]
    drawn = (_figure(*one, fit) for one, fit in zip(shown, _fits(shown), strict=True))
    return ["" if scale is None else next(drawn) for scale in scales]


def _has_anything(data: CurveData) -> bool:
    return bool(data.controls or np.isfinite(data.level.numbers("expected_concentration")).any())


def _figure(data: CurveData, scales: CurveScales, fit: str) -> str:
    levels = _levels(data.level, scales)
    parts = [
        *_ground(scales),
        *_limits(data, scales),
        classed.path(_rug(data, scales), "rug"),
        f'<g id="s{data.place}">',
        *_outside(data, scales),
        classed.path(fit, "fit"),
        *_points(data, scales),
        *_controls(data, scales),
        "</g>",
        *_strip(data, levels, scales),
        *_residuals(data, levels, scales),
    ]
    return classed.figure(WIDTH, HEIGHT, f"Standard curve of {data.analyte}: {caption(data.curve)}", parts)


def caption(curve: dict[str, Any] | None) -> str:
    """Model, limits and R² of a curve in one line."""
    if curve is None or curve["model"] == "none":
        return "no curve was fitted"
    unit = curve["unit"] or ""
    limits = f"LLOQ {significant(curve['lloq'])} {unit}, ULOQ {significant(curve['uloq'])} {unit}"
    return f"{curve['model']}; {limits}; R² {r_squared(curve['r2'])}"


def methods(fitted: Sequence[dict[str, Any]]) -> str:
    """How the curves were fitted, once for all; where they were not fitted alike, with the analytes of each way. Empty for none."""
    alike: dict[str, list[str]] = {}
    for row in fitted:
        if row["model"] != "none":
            alike.setdefault(METHOD_WORDS.get(row["method"], row["method"]), []).append(row["analyte"])
    if len(alike) < 2:
        return next(iter(alike), "")
    return "; ".join(f"{words} ({listed(names)})" for words, names in alike.items())


def notes(curve: dict[str, Any] | None) -> list[str]:
    """What the fit did that a person should know, a short sentence each."""
    if curve is None:
        return []
    found = [
        ("Why", phrase(curve["reasons"])),
        ("LLOQ bound by", phrase(curve["lloq_reason"])),
        ("ULOQ bound by", phrase(curve["uloq_reason"])),
        ("Hook: level dropped", str(curve["hook_level"] or "")),
        ("Proposed for exclusion", phrase(curve["proposed_exclusions"])),
    ]
    return [f"{head}: {text}." for head, text in found if text]


def r_squared(value: float | None) -> str:
    """Four decimals, never rounded up to 1."""
    if value is None or not np.isfinite(value):
        return DASH
    return f"{min(value, 0.9999) if value < 1 else value:.4f}"


def _scales(data: CurveData) -> CurveScales:
    expected = np.concatenate([data.level.numbers("expected_concentration"), [c.expected for c in data.controls]])
    curve = data.curve or {}
    ends = [curve.get(name) for name in ("lloq", "uloq")]
    xs = padded(np.concatenate([expected, np.array(ends, dtype=np.float64)]))
    ys = padded(np.append(data.result.numbers("mfi"), [c.mfi for c in data.controls]))
    strip = Scale(STRIP_LOW, STRIP_HIGH, STRIP_BOTTOM, STRIP_TOP)
    residual = Scale(-RESIDUAL_EDGE, RESIDUAL_EDGE, RESIDUAL_BOTTOM, RESIDUAL_TOP)
    return CurveScales(Scale(*xs, LEFT, RIGHT, True), Scale(*ys, BOTTOM, TOP, True), strip, residual)


def _ground(scales: CurveScales) -> list[str]:
    columns, lines = scales.x.decades(), scales.y.decades()
    grid = classed.across([y for y, _ in lines], LEFT, RIGHT) + classed.down([x for x, _ in columns], TOP, BOTTOM)
    return [
        classed.rectangle(LEFT, TOP, RIGHT, BOTTOM, "plot"),
        classed.path(grid, "grid"),
        *(classed.label(LEFT - 10, y + 7, text, "e") for y, text in lines),
        *(classed.label(min(x, WIDTH - 26), RESIDUAL_BOTTOM + 26, text, "m") for x, text in columns),
        classed.label(LEFT - 10, TOP - 14, "MFI", "e"),
    ]


def _limits(data: CurveData, scales: CurveScales) -> list[str]:
    """A line and a label at LLOQ and ULOQ."""
    if data.curve is None or data.curve["lloq"] is None or data.curve["uloq"] is None:
        return [classed.label((LEFT + RIGHT) // 2, TOP - 14, "no reportable range", "m")]
    low, high = scales.x.pixel(data.curve["lloq"]), scales.x.pixel(data.curve["uloq"])
    return [
        classed.path(classed.down([low, high], TOP - 8, BOTTOM), "limit"),
        classed.label(min(max(low, LEFT + 60), RIGHT - 360), TOP - 14, f"LLOQ {significant(data.curve['lloq'])}", ""),
        classed.label(RIGHT, TOP - 14, f"ULOQ {significant(data.curve['uloq'])}", "e"),
    ]


def _outside(data: CurveData, scales: CurveScales) -> list[str]:
    """Grey outside LLOQ..ULOQ."""
    if data.curve is None or data.curve["lloq"] is None or data.curve["uloq"] is None:
        return []
    low, high = scales.x.pixel(data.curve["lloq"]), scales.x.pixel(data.curve["uloq"])
    sides = (LEFT, low), (high, RIGHT)
    return [classed.rectangle(left, TOP, right, BOTTOM, "out") for left, right in sides]


def _fits(shown: Sequence[tuple[CurveData, CurveScales]]) -> list[str]:
    """The curves as MFI over the whole width, each cut where it leaves the plot; empty where nothing was fitted."""
    fitted = [at for at, (data, _) in enumerate(shown) if data.curve and None not in _coefficients(data.curve)]
    found = [""] * len(shown)
    if not fitted:
        return found
    curves = [(shown[at][0].curve or {}, shown[at][1]) for at in fitted]
    low, high = np.array([(scales.x.low, scales.x.high) for _, scales in curves]).T
    xs = np.geomspace(low, high, FIT_POINTS)
    coefficients = np.array([_coefficients(curve) for curve, _ in curves], dtype=np.float64).T
    ys = forward(from_instrument(coefficients), np.log(xs), is_log_a=False)
    ys = ys + [(curve["background_mfi"] or 0.0) if curve["response"] == "net_mfi" else 0.0 for curve, _ in curves]
    for at, (_, scales), x, y in zip(fitted, curves, xs.T, ys.T, strict=True):
        inside = np.isfinite(y) & (y >= scales.y.low) & (y <= scales.y.high)
        found[at] = classed.line(scales.x.pixels(x[inside]).tolist(), scales.y.pixels(y[inside]).tolist())
    return found


def _coefficients(curve: dict[str, Any]) -> list[float | None]:
    return [curve[f"coef_{name}"] for name in "abcdf"]


def _rug(data: CurveData, scales: CurveScales) -> str:
    """A tick at the left edge for each sample's MFI; those that would touch are one."""
    mfi = data.pick("unknown", "mfi")
    ticks = scales.y.pixels(mfi[mfi > 0]) // RUG_STEP * RUG_STEP
    return classed.across(sorted(set(ticks.tolist())), LEFT, LEFT + 20)


def _points(data: CurveData, scales: CurveScales) -> list[str]:
    """Standards: filled where they took part in the fit, hollow where not."""
    used = dict(zip(data.level.texts("standard_level"), data.level.texts("is_used"), strict=True))
    expected, mfi = data.pick("standard", "expected_concentration"), data.pick("standard", "mfi")
    drawn = np.isfinite(expected) & (expected > 0) & (mfi > 0)
    level = data.pick("standard", "standard_level")[drawn].tolist()
    places = zip(scales.x.pixels(expected[drawn]).tolist(), scales.y.pixels(mfi[drawn]).tolist(), strict=True)
    taken = [math.isfinite(number) and bool(used.get(int(number), False)) for number in level]
    marks: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for place, is_taken in zip(places, taken, strict=True):
        marks[is_taken].append(place)
    filled, hollow = (_dots(marks[is_taken]) for is_taken in (True, False))
    return [classed.path(filled, "std"), classed.path(hollow, "std"), classed.path(hollow, "hole")]


def _dots(places: Sequence[tuple[int, int]]) -> str:
    return classed.dots([x for x, _ in places], [y for _, y in places])


def _controls(data: CurveData, scales: CurveScales) -> list[str]:
    known = [c for c in data.controls if c.mfi > 0 and c.expected > 0]
    xs = scales.x.pixels([c.expected for c in known]).tolist()
    ys = scales.y.pixels([c.mfi for c in known]).tolist()
    bars = "".join(
        f"M{scales.x.pixel(c.low)} {y}H{scales.x.pixel(c.high)}"
        for c, y in zip(known, ys, strict=True)
        if c.low and c.high
    )
    return [classed.path(bars, "bar"), classed.path(classed.diamonds(xs, ys), "qc")]


def _levels(level: Slice, scales: CurveScales) -> list[LevelMark]:
    """Levels with a concentration, in their order."""
    expected, recovery, mean, fitted = (
        level.numbers(name) for name in ("expected_concentration", "recovery_pct", "mean_mfi", "fitted_mfi")
    )
    known = np.isfinite(expected) & (expected > 0)
    places = scales.x.pixels(expected[known]).tolist()
    read = (numbers[known].tolist() for numbers in (recovery, mean, fitted))
    return [LevelMark(*one) for one in zip(places, *read, strict=True)]


def _strip(data: CurveData, levels: Sequence[LevelMark], scales: CurveScales) -> list[str]:
    """Recovery of each level; values beyond the strip are drawn as triangles at its edge."""
    read = [(one.place, one.recovery) for one in levels if math.isfinite(one.recovery)]
    return [
        classed.rectangle(LEFT, STRIP_TOP, RIGHT, STRIP_BOTTOM, "plot"),
        *_band(data.tolerances, scales),
        *_held(read, scales.strip, STRIP_TOP + 4, STRIP_BOTTOM - 4),
    ]


def _held(read: Sequence[tuple[int, float]], scale: Scale, top: int, bottom: int) -> list[str]:
    """Dots of values on a strip's scale, then triangles of those beyond it, with their tips at its edges."""
    inside = [(x, scale.pixel(value)) for x, value in read if scale.low <= value <= scale.high]
    above = classed.triangles([x for x, value in read if value > scale.high], top, 14)
    below = classed.triangles([x for x, value in read if value < scale.low], bottom, -14)
    return [classed.path(_dots(inside), "rec"), classed.path(above + below, "far")]


def _band(tolerances: Tolerances | None, scales: CurveScales) -> list[str]:
    """The recovery that a level inside the range is allowed, and 100 %."""
    whole_at = scales.strip.pixel(100.0)
    middle = classed.path(classed.across([whole_at], LEFT, RIGHT), "grid")
    if tolerances is None:
        return [middle, classed.label(LEFT - 10, whole_at + 7, "100 %", "e")]
    ends = tolerances.recovery_low_pct, tolerances.recovery_high_pct
    low, high = (scales.strip.pixel(min(max(end, STRIP_LOW), STRIP_HIGH)) for end in ends)
    apart = max(0, LABEL_STEP - (low - high)) // 2
    return [
        classed.rectangle(LEFT, high, RIGHT, low, "band"),
        middle,
        classed.label(LEFT - 10, high + 7 - apart, f"{ends[1]:g} %", "e"),
        classed.label(LEFT - 10, low + 7 + apart, f"{ends[0]:g} %", "e"),
    ]


def _residuals(data: CurveData, levels: Sequence[LevelMark], scales: CurveScales) -> list[str]:
    """Mean MFI of each level against the fitted curve, percent; values beyond the strip are triangles at its edge."""
    off = [(one.place, 100.0 * (one.mean / one.fitted - 1.0)) for one in levels if one.mean > 0 and one.fitted > 0]
    unit = (data.curve or {}).get("unit") or "concentration"
    zero = scales.residual.pixel(0.0)
    return [
        classed.rectangle(LEFT, RESIDUAL_TOP, RIGHT, RESIDUAL_BOTTOM, "plot"),
        classed.path(classed.across([zero], LEFT, RIGHT), "grid"),
        classed.label(LEFT - 10, zero + 7, "fit", "e"),
        *_held(off, scales.residual, RESIDUAL_TOP + 4, RESIDUAL_BOTTOM - 4),
        classed.label(
            (LEFT + RIGHT) // 2, HEIGHT - 8, f"{unit}; strips: recovery, and MFI against the fit (±30 %)", "m"
        ),
    ]
