"""Every frame that crosses a boundary, declared once, one module a side of the house.

Times are wall time as written by the instrument or the laboratory; concentrations are in the unit of the row's own `unit`
column and already multiplied by the dilution factor unless a column says otherwise. Missing is null, never a sentinel.
"""

from __future__ import annotations

from pbis.core.frames.assay import ASSAY_REAGENT, ASSAY_WARNING, CURVE, LEVEL, RESULT, WELL
from pbis.core.frames.clinical import LAB, LAYOUT, OUTCOME, SPECIMEN, TREATMENT
from pbis.core.frames.plate import (
    ANALYTE,
    BLOCK,
    CALIBRATION,
    EVENT,
    HEADER,
    LOT,
    LOT_SHEET,
    READING,
    REAGENT,
    SUMMARY,
    WARNING,
    WELL_TYPE,
)
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
    "ASSAY_REAGENT",
    "ASSAY_WARNING",
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
    "LOT_SHEET",
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
    "WELL_TYPE",
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
        WELL_TYPE,
        WELL,
        ASSAY_WARNING,
        ASSAY_REAGENT,
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
        LOT_SHEET,
        SPECIMEN,
        LAB,
        TREATMENT,
        OUTCOME,
        SCORE_INPUT,
        SCORE,
        COMPONENT,
    )
}
