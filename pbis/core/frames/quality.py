"""What the rules say: findings and verdicts."""

from __future__ import annotations

from pbis.core.frames.keys import ASSAY_ID, PLATE_NUMBER, RUN_ID, WELL_NAME
from pbis.core.frames.model import FLAG, HASH, KEY, REAL, SENTENCE, TEXT, WHOLE, WORD, Column, FrameSpec, surrogate

FINDING = FrameSpec(
    "finding",
    "finding of a rule",
    ("assay_id", "rule", "unit_of_judgement", "plate_number", "well", "replicate_group", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate_number", WHOLE, "plate"),
        Column("rule", TEXT, "rule name, the same everywhere", False, holds=WORD),
        Column("severity", TEXT, "info, warn, fail or error (the check itself could not run)", False, holds=WORD),
        Column(
            "unit_of_judgement",
            TEXT,
            "well_analyte, replicate_group, level, analyte_plate, well, plate or run",
            False,
            holds=WORD,
        ),
        Column("well", TEXT, "well, where the finding is about one", holds=KEY),
        Column("replicate_group", TEXT, "replicate group", holds=surrogate("group")),
        Column("analyte", TEXT, "canonical analyte name", holds=KEY),
        Column("observed", REAL, "what was measured"),
        Column("observed_text", TEXT, "the same in words, with its unit", holds=SENTENCE),
        Column("limit_value", REAL, "the limit that was used"),
        Column("limit_text", TEXT, "the same in words", False, holds=SENTENCE),
        Column(
            "effect",
            TEXT,
            "none, flag, hold_well, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse",
            False,
            holds=WORD,
        ),
        Column("action", TEXT, "what a person should do", False, holds=SENTENCE),
        Column("source", TEXT, "where the rule comes from", False, holds=SENTENCE),
        Column("message", TEXT, "one sentence with numbers", False, holds=SENTENCE),
        Column("suite_hash", TEXT, "sha256 of the effective suite", False, holds=HASH),
        Column("effect_of_rule", TEXT, "effect that the rule asks for, where a decision changed it", holds=WORD),
        Column("decision_id", TEXT, "decision that made or changed the finding; null where none did", holds=HASH),
    ),
)

LAB_FINDING = FrameSpec(
    "lab_finding",
    "finding of a rule about a clinical laboratory row",
    ("file_id", "source_line", "rule"),
    (
        Column("file_id", TEXT, "sha256 of the clinical file's bytes", False, holds=HASH),
        Column("source_line", WHOLE, "1-based line of the file", False),
        Column("subject_id", TEXT, "study id", holds=KEY),
        Column("analyte", TEXT, "analyte", holds=KEY),
        Column("rule", TEXT, "rule name", False, holds=WORD),
        Column("severity", TEXT, "info, warn, fail or error", False, holds=WORD),
        Column("observed_text", TEXT, "what was found", holds=SENTENCE),
        Column("limit_text", TEXT, "the limit that was used", False, holds=SENTENCE),
        Column("effect", TEXT, "none, flag or exclude_row", False, holds=WORD),
        Column("action", TEXT, "what a person should do", False, holds=SENTENCE),
        Column("source", TEXT, "where the rule comes from", False, holds=SENTENCE),
        Column("message", TEXT, "one sentence with numbers", False, holds=SENTENCE),
        Column("suite_hash", TEXT, "sha256 of the effective suite", False, holds=HASH),
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
        Column("analyte", TEXT, "canonical analyte name", False, holds=KEY),
        Column("state", TEXT, "pass, warn or fail", False, holds=WORD),
        Column("reasons", TEXT, "rules behind it, joined by '; '; null where it passed", holds=WORD),
        Column("sentence", TEXT, "the verdict in one sentence with numbers", False, holds=SENTENCE),
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
        Column("state", TEXT, "pass, warn or fail", False, holds=WORD),
        Column("sentence", TEXT, "the verdict in one sentence with numbers", False, holds=SENTENCE),
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
        Column("analyte", TEXT, "canonical analyte name", False, holds=KEY),
        Column(
            "qc_state",
            TEXT,
            "pass, warn, fail or held (nothing is computed before a person says more)",
            False,
            holds=WORD,
        ),
        Column("reportable", FLAG, "a sample well with a result or a bound that no failing rule touches", False),
        Column("reasons", TEXT, "rules and states behind it, joined by '; '; null where there are none", holds=WORD),
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
        Column("entry", TEXT, "id of the suite entry, for example bead_count.fail", False, holds=KEY),
        Column("rule", TEXT, "rule name", False, holds=WORD),
        Column("severity", TEXT, "info, warn or fail", False, holds=WORD),
        Column("judged_count", WHOLE, "objects that the entry could judge", False),
        Column("found_count", WHOLE, "objects that broke it", False),
        Column("expected_false_alarms", REAL, "objects expected to break it on a good plate of this size"),
    ),
)
