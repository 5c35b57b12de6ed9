"""Every frame that crosses a boundary, declared once, one module a side of the house.

Times are wall time as written by the instrument or the laboratory; concentrations are in the unit of the row's own `unit`
column and already multiplied by the dilution factor unless a column says otherwise. Missing is null, never a sentinel.
"""

from __future__ import annotations

from pbis.core.frames.assay import CURVE, LEVEL, RESULT, WELL
from pbis.core.frames.clinical import LAB, LAYOUT, OUTCOME, SPECIMEN, TREATMENT
from pbis.core.frames.plate import ANALYTE, BLOCK, CALIBRATION, EVENT, HEADER, LOT, READING, REAGENT, SUMMARY, WARNING
from pbis.core.frames.quality import ANALYTE_VERDICT, FINDING, JUDGED, LAB_FINDING, PLATE_VERDICT, READING_STATE
from pbis.core.frames.score import COMPONENT, MEASURES, REASONS, SCORE, SCORE_INPUT
from pbis.core.frames.trend import (
    BRIDGE,
    HISTORY,
    METRICS,
    TREND_BASELINE,
    TREND_FINDING,
    TREND_JUDGED,
    TREND_POINT,
)

__all__ = [
    "ANALYTE",
    "ANALYTE_VERDICT",
    "BLOCK",
    "BRIDGE",
    "CALIBRATION",
    "COMPONENT",
    "CURVE",
    "EVENT",
    "FINDING",
    "HEADER",
    "HISTORY",
    "JUDGED",
    "LAB",
    "LAB_FINDING",
    "LAYOUT",
    "LEVEL",
    "LOT",
    "MEASURES",
    "METRICS",
    "OUTCOME",
    "PLATE_VERDICT",
    "READING",
    "READING_STATE",
    "REAGENT",
    "REASONS",
    "RESULT",
    "SCORE",
    "SCORE_INPUT",
    "SPECIMEN",
    "SPECS",
    "SUMMARY",
    "TREATMENT",
    "TREND_BASELINE",
    "TREND_FINDING",
    "TREND_JUDGED",
    "TREND_POINT",
    "WARNING",
    "WELL",
]

SPECS = {
    spec.name: spec
    for spec in (
        HEADER,
        READING,
        ANALYTE,
        REAGENT,
        LOT,
        CALIBRATION,
        SUMMARY,
        EVENT,
        BLOCK,
        WARNING,
        WELL,
        RESULT,
        CURVE,
        LEVEL,
        FINDING,
        LAB_FINDING,
        ANALYTE_VERDICT,
        PLATE_VERDICT,
        READING_STATE,
        JUDGED,
        TREND_POINT,
        TREND_FINDING,
        TREND_BASELINE,
        TREND_JUDGED,
        LAYOUT,
        SPECIMEN,
        LAB,
        TREATMENT,
        OUTCOME,
        SCORE_INPUT,
        SCORE,
        COMPONENT,
    )
}
