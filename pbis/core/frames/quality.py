"""What the rules say: findings and verdicts."""

from __future__ import annotations

from pbis.core.frames.keys import ASSAY_ID, PLATE_NUMBER, RUN_ID, WELL_NAME
from pbis.core.frames.model import FLAG, REAL, TEXT, WHOLE, Column, FrameSpec

FINDING = FrameSpec(
    "finding",
    "finding of a rule",
    ("assay_id", "rule", "unit_of_judgement", "plate_number", "well", "replicate_group", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate_number", WHOLE, "plate"),
        Column("rule", TEXT, "rule name, the same everywhere", False),
        Column("severity", TEXT, "info, warn, fail or error (the check itself could not run)", False),
        Column(
            "unit_of_judgement", TEXT, "well_analyte, replicate_group, level, analyte_plate, well, plate or run", False
        ),
        Column("well", TEXT, "well, where the finding is about one"),
        Column("replicate_group", TEXT, "replicate group"),
        Column("analyte", TEXT, "canonical analyte name"),
        Column("observed", REAL, "what was measured"),
        Column("observed_text", TEXT, "the same in words, with its unit"),
        Column("limit_value", REAL, "the limit that was used"),
        Column("limit_text", TEXT, "the same in words", False),
        Column(
            "effect",
            TEXT,
            "none, flag, hold_well, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse",
            False,
        ),
        Column("action", TEXT, "what a person should do", False),
        Column("source", TEXT, "where the rule comes from", False),
        Column("message", TEXT, "one sentence with numbers", False),
        Column("suite_hash", TEXT, "sha256 of the effective suite", False),
        Column("effect_of_rule", TEXT, "effect that the rule asks for, where a decision changed it"),
        Column("decision_id", TEXT, "decision that made or changed the finding; null where none did"),
    ),
)

LAB_FINDING = FrameSpec(
    "lab_finding",
    "finding of a rule about a clinical laboratory row",
    ("file_id", "source_line", "rule"),
    (
        Column("file_id", TEXT, "sha256 of the clinical file's bytes", False),
        Column("source_line", WHOLE, "1-based line of the file", False),
        Column("subject_id", TEXT, "study id"),
        Column("analyte", TEXT, "analyte"),
        Column("rule", TEXT, "rule name", False),
        Column("severity", TEXT, "info, warn, fail or error", False),
        Column("observed_text", TEXT, "what was found"),
        Column("limit_text", TEXT, "the limit that was used", False),
        Column("effect", TEXT, "none, flag or exclude_row", False),
        Column("action", TEXT, "what a person should do", False),
        Column("source", TEXT, "where the rule comes from", False),
        Column("message", TEXT, "one sentence with numbers", False),
        Column("suite_hash", TEXT, "sha256 of the effective suite", False),
    ),
)

ANALYTE_VERDICT = FrameSpec(
    "analyte_verdict",
    "analyte x plate, judged",
    ("assay_id", "plate_number", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column("analyte", TEXT, "canonical analyte name", False),
        Column("state", TEXT, "pass, warn or fail", False),
        Column("reasons", TEXT, "rules behind it, joined by '; '; null where it passed"),
        Column("sentence", TEXT, "the verdict in one sentence with numbers", False),
        Column("well_count", WHOLE, "sample wells", False),
        Column("reportable_count", WHOLE, "sample wells whose result may be reported", False),
    ),
)

PLATE_VERDICT = FrameSpec(
    "plate_verdict",
    "plate, judged; proposed by rules, to be confirmed by a person",
    ("assay_id", "plate_number"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column("state", TEXT, "pass, warn or fail", False),
        Column("sentence", TEXT, "the verdict in one sentence with numbers", False),
        Column("analytes_passed", WHOLE, "analytes with state pass", False),
        Column("analytes_warned", WHOLE, "with state warn", False),
        Column("analytes_failed", WHOLE, "with state fail", False),
        Column("low_bead_wells", WHOLE, "wells with a failing bead count", False),
        Column("reportable_pct", REAL, "share of sample results that may be reported, percent"),
        Column("expected_false_alarms", REAL, "findings expected on a good plate of this size"),
    ),
)

READING_STATE = FrameSpec(
    "reading_state",
    "well x analyte, with what the findings do to it",
    ("assay_id", "plate_number", "well", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        Column("analyte", TEXT, "canonical analyte name", False),
        Column("qc_state", TEXT, "pass, warn, fail or held (nothing is computed before a person says more)", False),
        Column("reportable", FLAG, "a sample well with a result or a bound that no failing rule touches", False),
        Column("reasons", TEXT, "rules and states behind it, joined by '; '; null where there are none"),
    ),
)

JUDGED = FrameSpec(
    "judged",
    "suite entry x plate, with how much it judged",
    ("assay_id", "plate_number", "entry"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column("entry", TEXT, "id of the suite entry, for example bead_count.fail", False),
        Column("rule", TEXT, "rule name", False),
        Column("severity", TEXT, "info, warn or fail", False),
        Column("judged_count", WHOLE, "objects that the entry could judge", False),
        Column("found_count", WHOLE, "objects that broke it", False),
        Column("expected_false_alarms", REAL, "objects expected to break it on a good plate of this size"),
    ),
)
