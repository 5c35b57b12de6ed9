"""The curves of a plate, one figure an analyte, each with its caption and notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pbis.draw.page import markup
from pbis.report import curves
from pbis.report.controls import controls
from pbis.report.data import PlateReport
from pbis.report.tabular import Slice, by, distinct, rows

RESULT_COLUMNS = ("well_role", "standard_level", "mfi", "expected_concentration")
LEVEL_COLUMNS = (
    "standard_level",
    "expected_concentration",
    "mean_mfi",
    "fitted_mfi",
    "cv_pct",
    "recovery_pct",
    "is_used",
    "note",
)
NO_RESULT = Slice({name: [] for name in RESULT_COLUMNS})
NO_LEVEL = Slice({name: [] for name in LEVEL_COLUMNS})
NOT_JUDGED = {"state": "none", "sentence": "No rule judged this analyte."}


@dataclass(frozen=True)
class CurveFigure:
    """A curve on the page: its drawing as markup, and the words around it."""

    analyte: str
    state: str
    sentence: str
    drawing: Any
    caption: str
    notes: list[str]


def analytes(data: PlateReport) -> list[str]:
    """Analytes of the plate in the order of the page: by name."""
    return sorted({name for table in (data.curve, data.result) for name in distinct(table, "analyte")})


def figures(data: PlateReport) -> list[CurveFigure]:
    """A figure for every analyte, in the order of `analytes`."""
    results, levels = by(data.result, "analyte", RESULT_COLUMNS), by(data.level, "analyte", LEVEL_COLUMNS)
    fitted = {row["analyte"]: row for row in rows(data.curve)}
    judged = {row["analyte"]: row for row in rows(data.analyte_verdict)}
    checked = controls(data.result, data.well, data.reagent)
    shown = [
        curves.CurveData(
            name,
            fitted.get(name),
            results.get(name, NO_RESULT),
            levels.get(name, NO_LEVEL),
            checked.get(name, ()),
            data.tolerances,
            place,
        )
        for place, name in enumerate(analytes(data), 1)
    ]
    drawn = curves.draw_all(shown)
    return [_figure(one, judged.get(one.analyte, NOT_JUDGED), svg) for one, svg in zip(shown, drawn, strict=True)]


def _figure(data: curves.CurveData, verdict: dict[str, Any], drawing: str) -> CurveFigure:
    return CurveFigure(
        analyte=data.analyte,
        state=verdict["state"],
        sentence=verdict["sentence"],
        drawing=markup(drawing),
        caption=curves.caption(data.curve),
        notes=curves.notes(data.curve),
    )
