"""The plate among the plates before it: per analyte a Levey-Jennings chart of its controls, and how far each number lies off.

Charts are in standard deviations from the mean of the baseline, so that every analyte has one scale; limits where the
laboratory warns of a control and where it is out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import METRICS
from pbis.core.measures.qc import TrendSettings
from pbis.core.words import plural
from pbis.draw import classed
from pbis.draw.page import markup
from pbis.draw.scale import Scale
from pbis.draw.words import DASH
from pbis.report.tabular import Rows, rows
from pbis.report.text import SEVERITY_ORDER

WIDTH, HEIGHT, MARGIN = 480, 150, 14
REACH = 4.5  # SDs that a chart shows at least; half as much again as the limits where these lie further out
SHOWN = 30  # plates of a chart
TITLES = {
    "qc1": "Control, low", "qc2": "Control, high", "ln_ec50": "EC50", "auc": "Area", "high_mfi": "Top standard",
    "background": "Background", "ln_top": "Asymptote", "ln_samples": "Samples",
}  # fmt: skip
_NEEDED = ("assay_id", "plate_number", "analyte", "metric", "z", "baseline_text", "lot", "instrument")


@dataclass(frozen=True)
class Line:
    """An analyte: its chart (empty without limits), standard scores as (text, class), and what they rest on."""

    analyte: str
    chart: Any
    scores: list[tuple[str, str]]
    basis: str


@dataclass(frozen=True)
class Trend:
    """The section. lines: none where nothing is followed; lot and instrument: of the series; titles: of the scores' columns;
    findings: worst first; taken: analytes that a finding keeps out of results, in words; before: where there are no
    limits, how many accepted plates came before and how many limits need."""

    lines: list[Line]
    titles: list[str]
    lot: str
    instrument: str
    findings: Rows
    has_limits: bool
    taken: str
    before: str = ""

    @property
    def to_act_on(self) -> bool:
        """Whether a finding is more than information."""
        return any(row["severity"] != "info" for row in self.findings)


def trend(
    point: pa.Table, finding: pa.Table, settings: TrendSettings | None, assay_id: str, plate_number: int
) -> Trend:
    """The section of a plate from its series (core.measures.spec.TREND, up to the plate) and the findings on it.

    settings: how far is far; without them nothing is drawn or marked.
    """
    mine = pc.and_(pc.equal(point.column("assay_id"), assay_id), pc.equal(point.column("plate_number"), plate_number))
    own = {(row["analyte"], row["metric"]): row for row in rows(point.filter(mine), _NEEDED)}
    controls = point.filter(pc.is_in(point.column("metric"), pa.array(["qc1", "qc2"])))
    series: dict[tuple[str, str], list[float | None]] = {}
    for row in rows(controls, ("analyte", "metric", "z")):
        series.setdefault((row["analyte"], row["metric"]), []).append(row["z"])
    lines = [_line(name, own, series, settings) for name in sorted({analyte for analyte, _ in own})]
    any_row = min(own.items())[1] if own else {"lot": DASH, "instrument": DASH}
    found = sorted(
        rows(finding), key=lambda r: (SEVERITY_ORDER.get(r["severity"], 9), r["analyte"] or "", r["message"])
    )
    has_limits = any(row["z"] is not None for row in own.values())
    taking = {row["analyte"] for row in found if row["severity"] == "fail" and row["effect"] == "fail_analyte"}
    taken = ", ".join(sorted(taking - {None}))
    before = "" if has_limits else _before(point, assay_id, settings)
    titles = [TITLES[m] for m in METRICS]
    return Trend(lines, titles, any_row["lot"], any_row["instrument"], found, has_limits, taken, before)


def _before(point: pa.Table, assay_id: str, settings: TrendSettings | None) -> str:
    """How many accepted plates of its lot came before a plate, by series, and how many limits need."""
    counted = Counter({(row["analyte"], row["metric"]): 0 for row in rows(point, ("analyte", "metric"))})
    for row in rows(point, ("assay_id", "analyte", "metric", "is_accepted")):
        counted[row["analyte"], row["metric"]] += bool(row["is_accepted"]) and row["assay_id"] != assay_id
    if settings is None or not counted:
        return "too few accepted plates of this lot came before"
    least, most = min(counted.values()), max(counted.values())
    has = f"{least}" if least == most else f"{least} to {most}, by analyte,"
    return f"{has} accepted {'plate' if most == 1 else 'plates'} of this lot came before, and limits need {settings.least_plates}"


def _line(
    analyte: str,
    own: dict[tuple[str, str], dict[str, Any]],
    series: dict[tuple[str, str], list[Any]],
    settings: TrendSettings | None,
) -> Line:
    scores = [_score(own.get((analyte, metric), {}).get("z"), settings) for metric in METRICS]
    texts = (own.get((analyte, metric), {}).get("baseline_text") for metric in METRICS)
    low, high = (series.get((analyte, metric), [])[-SHOWN:] for metric in ("qc1", "qc2"))
    drawn = any(z is not None for z in (*low, *high))
    return Line(
        analyte,
        markup(chart(analyte, low, high, settings) if drawn and settings else ""),
        scores,
        next((t for t in texts if t), DASH),
    )


def _score(z: float | None, settings: TrendSettings | None) -> tuple[str, str]:
    if z is None:
        return DASH, "quiet"
    if settings is None or settings.warn_low_sds <= z <= settings.warn_high_sds:
        return f"{z:+.1f}", ""
    return f"{z:+.1f}", "off" if settings.limit_low_sds <= z <= settings.limit_high_sds else "far"


@lru_cache(maxsize=64)
def _places(count: int) -> list[int]:
    """Places of so many plates on a chart, the same for every analyte."""
    scale = Scale(0.0, count - 1.0, 44, WIDTH - MARGIN)
    return [scale.pixel(at) for at in range(count)]


@lru_cache(maxsize=8)
def _ground(settings: TrendSettings) -> tuple[Scale, tuple[str, ...]]:
    """The scale of a chart and its limits, the same for every analyte."""
    warned, out = (settings.warn_low_sds, settings.warn_high_sds), (settings.limit_low_sds, settings.limit_high_sds)
    reach = max(REACH, 1.5 * max(map(abs, out)))
    y = Scale(-reach, reach, HEIGHT - MARGIN, MARGIN)
    limits = ((0.0,), "grid"), (warned, "dash"), (out, "edge")
    lines = (classed.path(classed.across([y.pixel(v) for v in at], 36, WIDTH), kind) for at, kind in limits)
    return y, (*lines, *(classed.label(0, y.pixel(v) + 7, f"{v:+g}", "tick") for v in out))


def chart(analyte: str, low: list[float | None], high: list[float | None], settings: TrendSettings) -> str:
    """Levey-Jennings chart in SD: the low control as dots, the high one as diamonds, oldest plate left, this plate last."""
    y, ground = _ground(settings)
    places = _places(max(len(low), len(high), 2))
    parts = [*ground]
    for lane, mark, kind in ((low, "dot", "std"), (high, "diamond", "qc")):
        at = [(x, y.pixel(z)) for x, z in zip(places, lane, strict=False) if z is not None]
        xs, ys = [a for a, _ in at], [b for _, b in at]
        parts.append(classed.path(classed.line(xs, ys), "run"))
        parts.append(classed.path(classed.dots(xs, ys) if mark == "dot" else classed.diamonds(xs, ys, 7), kind))
    return classed.figure(
        WIDTH, HEIGHT, f"Controls of {analyte} over {plural(max(len(low), len(high)), 'plate')}, in SD", parts
    )
