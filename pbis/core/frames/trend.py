"""What is followed from plate to plate: points of a plate, their history, and what the trend rules say about it."""

from __future__ import annotations

from dataclasses import replace

from pbis.core.frames.keys import ASSAY_ID, PLATE_NUMBER, RUN_ID
from pbis.core.frames.model import (
    FLAG,
    HASH,
    KEY,
    MOMENT,
    REAL,
    SENTENCE,
    TEXT,
    WHOLE,
    WORD,
    Column,
    FrameSpec,
    surrogate,
)
from pbis.core.frames.quality import ANALYTE_VERDICT, PLATE_VERDICT, READING_STATE

METRICS = {
    "qc1": "mean concentration of the control with the lowest nominal, unit of the curve",
    "qc2": "mean concentration of the control with the highest nominal, unit of the curve",
    "ln_ec50": "ln of the dose at half height",
    "auc": "area under the standards' mean MFI over ln dose, trapezoid rule",
    "high_mfi": "mean MFI of the highest standard",
    "background": "mean MFI of the background wells",
    "ln_top": "ln of the upper asymptote of the curve",
    "ln_samples": "mean ln concentration of the quantified sample wells",
}

_ANALYTE = Column("analyte", TEXT, "canonical analyte name", False, holds=KEY)
_METRIC = Column("metric", TEXT, f"what is followed: {', '.join(METRICS)}", False, holds=KEY)
_LOT = Column(
    "lot", TEXT, "lots that a baseline is bound to: kit and standards; for controls theirs too", False, holds=SENTENCE
)
_INSTRUMENT = Column(
    "instrument", TEXT, "serial number of the instrument, else its type", False, holds=surrogate("serial")
)
_METHOD = Column("method", TEXT, "curve method: robust, xponent or instrument", False, holds=WORD)
SERIES = ("analyte", "metric", "lot", "instrument", "method")

TREND_POINT = FrameSpec(
    "trend_point",
    "plate x analyte x metric: a number that is followed from plate to plate",
    ("assay_id", "plate_number", "analyte", "metric"),
    (ASSAY_ID, RUN_ID, PLATE_NUMBER, _ANALYTE, _METRIC, Column("value", REAL, "the number", False)),
)

HISTORY = FrameSpec(
    "qc_history",
    "standing plate x analyte x metric, with what decides to which series it belongs; a view",
    ("assay_id", "plate_number", "analyte", "metric"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name", False, holds=KEY),
        PLATE_NUMBER,
        _ANALYTE,
        _METRIC,
        _LOT,
        _INSTRUMENT,
        _METHOD,
        Column(
            "kit", TEXT, "kit, else protocol: plates of one kit follow each other", False, holds=surrogate("protocol")
        ),
        Column("started_at", MOMENT, "start of the run; its stop or its export where the export names no start"),
        Column("is_accepted", FLAG, "neither the plate nor the analyte on it fails by its own rules", False),
        Column("value", REAL, "the number", False),
    ),
)

CONTROL_PAIR = FrameSpec(
    "control_pair",
    "standing plate x assay measure of the score with two controls; a view",
    ("assay_id", "plate_number", "measure"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column("measure", TEXT, "il12 or il2", False, holds=WORD),
        _ANALYTE,
        _LOT,
        _INSTRUMENT,
        _METHOD,
        Column("started_at", MOMENT, "start of the run; its stop or its export where the export names no start"),
        Column("is_accepted", FLAG, "neither the plate nor the analyte on it fails by its own rules", False),
        Column("qc1", REAL, "mean concentration of the control with the lowest nominal", False),
        Column("qc2", REAL, "mean concentration of the control with the highest nominal", False),
        Column("shared_width_squared", REAL, "squared width of their intervals in ln, the part that the curve gives"),
        Column("place_variance", REAL, "as in plate_place; null where the plate has no row there"),
        Column("place_error", REAL, "as in plate_place"),
    ),
)

PLATE_PLACE = FrameSpec(
    "plate_place",
    "plate: what the place on it adds to the signals of its samples, as they lean over columns and rows",
    ("assay_id", "plate_number"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column(
            "variance",
            REAL,
            "variance of ln MFI that the lean adds at the samples' distances from the standards, unbiased: below 0 as often as above where nothing leans",
            False,
        ),
        Column("error", REAL, "SD of it by chance where nothing leans", False),
        Column("sample_count", WHOLE, "samples behind it", False),
    ),
)

BRIDGE = FrameSpec(
    "bridge_result",
    "reportable result of a specimen that was measured with more than one lot; a view",
    ("assay_id", "plate_number", "well", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name", False, holds=KEY),
        PLATE_NUMBER,
        Column("well", TEXT, "well", False, holds=KEY),
        _ANALYTE,
        _LOT,
        _INSTRUMENT,
        Column("kit", TEXT, "kit, else protocol", False, holds=surrogate("protocol")),
        Column("started_at", MOMENT, "start of the run"),
        Column("specimen_id", TEXT, "specimen barcode", False, holds=surrogate("specimen")),
        Column("value", REAL, "concentration, dilution applied", False),
    ),
)

LOT_CURVE_LEVEL = FrameSpec(
    "lot_curve_level",
    "standing plate x analyte x standard level: what its curve gives there, and to which lot's curves it belongs; a view",
    ("assay_id", "plate_number", "analyte", "standard_level"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name", False, holds=KEY),
        PLATE_NUMBER,
        _ANALYTE,
        Column("standard_level", WHOLE, "1 = lowest standard", False),
        _LOT,
        _INSTRUMENT,
        _METHOD,
        Column("started_at", MOMENT, "start of the run; its stop or its export where the export names no start"),
        Column("is_accepted", FLAG, "neither the plate nor the analyte on it fails by its own rules", False),
        Column("expected_concentration", REAL, "expected, in the curve's unit", False),
        Column("fitted_mfi", REAL, "the curve at the expected concentration, as MFI", False),
    ),
)

TREND_FINDING = FrameSpec(
    "trend_finding",
    "finding of a rule that looks at several plates",
    ("assay_id", "plate_number", "analyte", "metric", "rule"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column("analyte", TEXT, "canonical analyte name; null where the finding is about the run", holds=KEY),
        Column(
            "metric",
            TEXT,
            f"what is followed: {', '.join(METRICS)}; null where the finding is about the run",
            holds=KEY,
        ),
        Column("rule", TEXT, "rule name, the same everywhere", False, holds=WORD),
        Column("severity", TEXT, "info, warn, fail or error (the check itself could not run)", False, holds=WORD),
        Column("lot", TEXT, "lots of the series", holds=SENTENCE),
        Column("instrument", TEXT, "instrument of the series", holds=surrogate("serial")),
        Column("observed", REAL, "what was measured"),
        Column("observed_text", TEXT, "the same in words", holds=SENTENCE),
        Column("limit_value", REAL, "the limit that was used"),
        Column("limit_text", TEXT, "the same in words", False, holds=SENTENCE),
        Column(
            "effect", TEXT, "none, flag or fail_analyte: what it does to the plate that it stands on", False, holds=WORD
        ),
        Column("action", TEXT, "what a person should do", False, holds=SENTENCE),
        Column("source", TEXT, "where the rule comes from", False, holds=SENTENCE),
        Column("message", TEXT, "one sentence with numbers", False, holds=SENTENCE),
        Column("suite_hash", TEXT, "sha256 of the effective trend rules and guide sets", False, holds=HASH),
        Column("effect_of_rule", TEXT, "effect that the rule asks for, where a decision changed it", holds=WORD),
        Column("decision_id", TEXT, "decision that changed the finding; null where none did", holds=HASH),
    ),
)

JUDGEMENT_ID = Column("judgement_id", TEXT, "sha256 over an assay and what trends find about it", False, holds=HASH)


def _judged_anew(name: str, spec: FrameSpec, grain: str) -> FrameSpec:
    """A verdict's frame as it is with what trends find; named by the judgement, which any later night can take up again."""
    return replace(
        spec,
        name=name,
        grain=grain,
        key=("judgement_id", *spec.key[1:]),
        columns=(JUDGEMENT_ID, *spec.columns),
    )


TREND_JUDGEMENT = FrameSpec(
    "trend_judgement",
    "assay whose verdicts are others with what trends find than by its own rules alone",
    ("assay_id",),
    (ASSAY_ID, RUN_ID, JUDGEMENT_ID),
)
TREND_ANALYTE_VERDICT = _judged_anew(
    "trend_analyte_verdict", ANALYTE_VERDICT, "analyte x plate, judged with what trends find"
)
TREND_PLATE_VERDICT = _judged_anew("trend_plate_verdict", PLATE_VERDICT, "plate, judged with what trends find")
TREND_READING_STATE = _judged_anew(
    "trend_reading_state", READING_STATE, "well x analyte that trends judge otherwise than the plate's own rules"
)

TREND_BASELINE = FrameSpec(
    "trend_baseline",
    "series (analyte x metric x lot x instrument x method) with the limits that its next plate meets",
    SERIES,
    (
        _ANALYTE,
        _METRIC,
        _LOT,
        _INSTRUMENT,
        _METHOD,
        Column(
            "kind",
            TEXT,
            "guide (fixed by accepted plates), given (by a person) or running (too few plates)",
            False,
            holds=WORD,
        ),
        Column("version", TEXT, "sha256 of the plates or numbers that made it, first 12 characters", False, holds=HASH),
        Column("plate_count", WHOLE, "accepted plates behind it; null where mean and SD were given"),
        Column("mean", REAL, "centre; of a control held on the log scale its geometric mean"),
        Column("sd", REAL, "SD (n - 1); on the log scale that of ln times the mean"),
        Column(
            "limit_low",
            REAL,
            "lower limit: as many SD below the mean as the suite says, wider by Student's t where the plates are few",
        ),
        Column("limit_high", REAL, "upper limit"),
        Column("first_at", MOMENT, "start of its first plate, instrument wall time"),
        Column("last_at", MOMENT, "start of its last plate, instrument wall time"),
    ),
)

TREND_JUDGED = FrameSpec(
    "trend_judged",
    "trend rule, with how much it judged over all standing plates",
    ("entry",),
    (
        Column("entry", TEXT, "id of the suite entry, for example westgard_1_3s.fail", False, holds=KEY),
        Column("rule", TEXT, "rule name", False, holds=WORD),
        Column("severity", TEXT, "info, warn or fail", False, holds=WORD),
        Column("judged_count", WHOLE, "objects that the entry could judge", False),
        Column("found_count", WHOLE, "objects that broke it", False),
        Column("expected_false_alarms", REAL, "objects expected to break it while nothing changes", False),
    ),
)
