"""One figure a standard curve: standards, fit, controls, the samples' MFI as a rug, limits, and the recovery strip.

Left to right is concentration in the curve's unit, undiluted, bottom to top is MFI; both logarithmic. The strips below
share the concentration axis: each level's recovery on the band that the assay allowed it, and its mean MFI against the fitted curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

    def pick(self, role: str, column: str) -> NDArray[np.float64]:
        chosen = np.array([r == role for r in self.result.texts("well_role")], dtype=bool)
        found: NDArray[np.float64] = self.result.numbers(column)[chosen]
        return found


@dataclass(frozen=True)
class CurveScales:
    x: Scale
    y: Scale
    strip: Scale
    residual: Scale


def draw(data: CurveData) -> str:
    """The figure as SVG text; empty where the plate has neither standards nor controls of the analyte."""
    if not (data.controls or np.isfinite(data.level.numbers("expected_concentration")).any()):
        return ""
    scales = _scales(data)
    parts = [
        *_ground(scales),
        *_limits(data, scales),
        classed.path(_rug(data, scales), "rug"),
        f'<g id="s{data.place}">',
        *_outside(data, scales),
        classed.path(_fit(data, scales), "fit"),
        *_points(data, scales),
        *_controls(data, scales),
        "</g>",
        *_strip(data, scales),
        *_residuals(data, scales),
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


def _fit(data: CurveData, scales: CurveScales) -> str:
    """The curve as MFI over the whole width, cut where it leaves the plot."""
    curve = data.curve
    if curve is None or any(curve[f"coef_{c}"] is None for c in "abcdf"):
        return ""
    xs = np.geomspace(scales.x.low, scales.x.high, FIT_POINTS)
    coefficients = np.array([[curve[f"coef_{name}"]] for name in "abcdf"], dtype=np.float64)
    ys = forward(from_instrument(coefficients), np.log(xs)[:, None], is_log_a=False)[:, 0]
    if curve["response"] == "net_mfi":
        ys = ys + (curve["background_mfi"] or 0.0)
    inside = np.isfinite(ys) & (ys >= scales.y.low) & (ys <= scales.y.high)
    return classed.line(scales.x.pixels(xs[inside]).tolist(), scales.y.pixels(ys[inside]).tolist())


def _rug(data: CurveData, scales: CurveScales) -> str:
    """A tick at the left edge for each sample's MFI; those that would touch are one."""
    mfi = data.pick("unknown", "mfi")
    ticks = scales.y.pixels(mfi[mfi > 0]) // RUG_STEP * RUG_STEP
    return classed.across(np.unique(ticks).tolist(), LEFT, LEFT + 20)


def _points(data: CurveData, scales: CurveScales) -> list[str]:
    """Standards: filled where they took part in the fit, hollow where not."""
    used = dict(zip(data.level.texts("standard_level"), data.level.texts("is_used"), strict=True))
    expected, mfi = data.pick("standard", "expected_concentration"), data.pick("standard", "mfi")
    level = data.pick("standard", "standard_level")
    drawn = np.isfinite(expected) & (expected > 0) & (mfi > 0)
    taken = np.array([bool(used.get(int(n), False)) if np.isfinite(n) else False for n in level], dtype=bool)
    filled, hollow = (_dots(expected, mfi, scales, drawn & keep) for keep in (taken, ~taken))
    return [classed.path(filled, "std"), classed.path(hollow, "std"), classed.path(hollow, "hole")]


def _dots(xs: NDArray[np.float64], ys: NDArray[np.float64], scales: CurveScales, keep: NDArray[np.bool_]) -> str:
    return classed.dots(scales.x.pixels(xs[keep]).tolist(), scales.y.pixels(ys[keep]).tolist())


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


def _strip(data: CurveData, scales: CurveScales) -> list[str]:
    """Recovery of each level; values beyond the strip are drawn as triangles at its edge."""
    expected, recovery = data.level.numbers("expected_concentration"), data.level.numbers("recovery_pct")
    known = np.isfinite(expected) & (expected > 0) & np.isfinite(recovery)
    inside = known & (recovery >= STRIP_LOW) & (recovery <= STRIP_HIGH)
    xs, ys = scales.x.pixels(expected[inside]).tolist(), scales.strip.pixels(recovery[inside]).tolist()
    above = classed.triangles(scales.x.pixels(expected[known & (recovery > STRIP_HIGH)]).tolist(), STRIP_TOP + 4, 14)
    below = classed.triangles(scales.x.pixels(expected[known & (recovery < STRIP_LOW)]).tolist(), STRIP_BOTTOM - 4, -14)
    return [
        classed.rectangle(LEFT, STRIP_TOP, RIGHT, STRIP_BOTTOM, "plot"),
        *_band(data.tolerances, scales),
        classed.path(classed.dots(xs, ys), "rec"),
        classed.path(above + below, "far"),
    ]


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


def _residuals(data: CurveData, scales: CurveScales) -> list[str]:
    """Mean MFI of each level against the fitted curve, percent; values beyond the strip are triangles at its edge."""
    expected, mean, fitted = (data.level.numbers(name) for name in ("expected_concentration", "mean_mfi", "fitted_mfi"))
    known = np.isfinite(expected) & (expected > 0) & (mean > 0) & (fitted > 0)
    off = 100.0 * (np.where(known, mean, 1.0) / np.where(known, fitted, 1.0) - 1.0)
    inside = known & (np.abs(off) <= RESIDUAL_EDGE)
    above = classed.triangles(scales.x.pixels(expected[known & (off > RESIDUAL_EDGE)]).tolist(), RESIDUAL_TOP + 4, 14)
    below = classed.triangles(
        scales.x.pixels(expected[known & (off < -RESIDUAL_EDGE)]).tolist(), RESIDUAL_BOTTOM - 4, -14
    )
    unit = (data.curve or {}).get("unit") or "concentration"
    zero = scales.residual.pixel(0.0)
    return [
        classed.rectangle(LEFT, RESIDUAL_TOP, RIGHT, RESIDUAL_BOTTOM, "plot"),
        classed.path(classed.across([zero], LEFT, RIGHT), "grid"),
        classed.label(LEFT - 10, zero + 7, "fit", "e"),
        classed.path(
            classed.dots(scales.x.pixels(expected[inside]).tolist(), scales.residual.pixels(off[inside]).tolist()),
            "rec",
        ),
        classed.path(above + below, "far"),
        classed.label(
            (LEFT + RIGHT) // 2, HEIGHT - 8, f"{unit}; strips: recovery, and MFI against the fit (±30 %)", "m"
        ),
    ]
