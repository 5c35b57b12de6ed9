"""What goes into the score and what comes out of it."""

from __future__ import annotations

from pbis.core.frames.model import (
    DAY,
    FLAG,
    KEY,
    MOMENT,
    NUMBER,
    REAL,
    SENTENCE,
    STUDY_DAY,
    TEXT,
    UNIT,
    WHOLE,
    WORD,
    Column,
    FrameSpec,
    surrogate,
)

MEASURES = ("neutrophils", "lymphocytes", "crp", "il12", "il2", "afp")

SCORE_INPUT = FrameSpec(
    "score_input",
    "subject x measure chosen for the score; every subject has all six measures",
    ("subject_id", "measure"),
    (
        Column("subject_id", TEXT, "study id", False, holds=KEY),
        Column("cohort", TEXT, "cohort", holds=surrogate("cohort")),
        Column("treatment_started_on", DAY, "treatment start", holds=STUDY_DAY),
        Column("measure", TEXT, "neutrophils, lymphocytes, crp, il12, il2 or afp", False, holds=WORD),
        Column("value_op", TEXT, "=, <, <=, > or >=; null where there is no value", holds=WORD),
        Column("value_text", TEXT, "decimal text in `unit`", holds=NUMBER),
        Column("unit", TEXT, "unit of value_text", holds=UNIT),
        Column("ci_low", REAL, "95 % CI of the amount in `unit`, also behind a bound; assay measures only"),
        Column("ci_high", REAL, "upper end; null where it has none"),
        Column(
            "reason", TEXT, "why there is no usable value, from the closed list; null where there is one", holds=WORD
        ),
        Column("detail", TEXT, "how the value was chosen, or why others were not, in one sentence", holds=SENTENCE),
        Column("source_kind", TEXT, "lab or assay", holds=WORD),
        Column("source_key", TEXT, "file_id:line of a lab, assay_id:plate_number:wells:analyte of an assay", holds=KEY),
        Column("specimen_id", TEXT, "specimen of the value", holds=surrogate("accession")),
        Column("collected_at", MOMENT, "collection of the specimen, site wall time", holds=STUDY_DAY),
        Column("days_before_start", WHOLE, "calendar days from draw to treatment start"),
        Column("is_same_day_unordered", FLAG, "drawn on the day of the first dose with no times to order them"),
        Column(
            "nlr_source",
            TEXT,
            "way to neutrophils / lymphocytes: counts, wbc_x_percent or percent; manual_ before it where one was counted by "
            "hand, segs_bands_ where segmented and band forms were added; null on other measures",
            holds=WORD,
        ),
        Column(
            "part_keys",
            TEXT,
            "file_id:line of what else the value was made of (band forms, leukocytes), joined by ;",
            holds=KEY,
        ),
        Column(
            "plate_cv_pct",
            REAL,
            "what plates of the lot differ by beyond the errors of their curves, percent, from the controls of the plates before; "
            "null where too few say so, and the assumption of the cut-off set stands",
        ),
        Column("plate_cv_count", WHOLE, "earlier plates whose controls say so"),
        Column(
            "is_plate_even",
            FLAG,
            "the samples of the earlier plates show that the place on a plate adds little; false also where they cannot tell, null where plate_cv_pct is",
        ),
    ),
)

SCORE = FrameSpec(
    "score",
    "subject x cut-off set",
    ("subject_id", "cutoff_set"),
    (
        Column("subject_id", TEXT, "study id", False, holds=KEY),
        Column("cohort", TEXT, "cohort", holds=surrogate("cohort")),
        Column("treatment_started_on", DAY, "treatment start", holds=STUDY_DAY),
        Column("cutoff_set", TEXT, "cut-off set", False, holds=KEY),
        Column("is_site_set", FLAG, "the set that the site reports", False),
        Column("score", WHOLE, "0..4; null unless certain"),
        Column("score_min", WHOLE, "points that are certain", False),
        Column("score_max", WHOLE, "points that are possible", False),
        Column("group", TEXT, "high, low, indeterminate or not_scored", False, holds=WORD),
        Column("reasons", TEXT, "component: reason, joined by '; '", holds=WORD),
        Column("is_near_cut", FLAG, "a component lies so near its cut that the assay could flip it", False),
        Column("nlr_point", WHOLE, "1, 0 or null"),
        Column("crp_point", WHOLE, "1, 0 or null"),
        Column("il12_point", WHOLE, "1, 0 or null"),
        Column("il2_point", WHOLE, "1, 0 or null"),
        Column("crafity_min", WHOLE, "CRAFITY points that are certain"),
        Column("crafity_max", WHOLE, "CRAFITY points that are possible"),
        Column(
            "marks",
            TEXT,
            "at_cut, near_cut, outside_population, implausible, joined by '; '; a mark never changes a point",
            holds=WORD,
        ),
        Column("mark_reasons", TEXT, "mark: why, joined by '; '", holds=SENTENCE),
        Column(
            "is_certain",
            FLAG,
            "the group is high or low and stays so wherever in its interval each value near a cut lies; null before it was kept",
        ),
        Column(
            "p_high",
            REAL,
            "probability that the true group is high, 0 to 1, from the errors of assay and laboratory; null where a component is missing or cannot be weighed; the group never comes from it",
        ),
        Column(
            "p_high_low", REAL, "least that it can be, whatever a missing component is; null where it cannot be weighed"
        ),
        Column("p_high_high", REAL, "most that it can be"),
        Column(
            "p_high_basis",
            TEXT,
            "component: assay (its interval), cv (assumed imprecision of the cut-off set) or nothing (missing), joined by '; '",
            holds=WORD,
        ),
    ),
)

DRAWN_AT = Column(
    "drawn_at", MOMENT, "draw whose cytokines count, which names the visit, site wall time", False, holds=STUDY_DAY
)


def _by_visit(spec: FrameSpec, name: str, what: str) -> FrameSpec:
    """The frame with the draw in its key."""
    subject, *rest = spec.columns
    key = (subject.name, DRAWN_AT.name, *spec.key[1:])
    return FrameSpec(name, f"subject x draw that the score does not take x {what}", key, (subject, DRAWN_AT, *rest))


VISIT_INPUT = _by_visit(SCORE_INPUT, "visit_input", "measure; every draw has all six")
VISIT_SCORE = _by_visit(SCORE, "visit_score", "cut-off set")

COMPONENT = FrameSpec(
    "score_component",
    "subject x cut-off set x component",
    ("subject_id", "cutoff_set", "component"),
    (
        Column("subject_id", TEXT, "study id", False, holds=KEY),
        Column("cutoff_set", TEXT, "cut-off set", False, holds=KEY),
        Column("component", TEXT, "nlr, crp, il12 or il2", False, holds=WORD),
        Column("point", WHOLE, "1, 0 or null"),
        Column("value_op", TEXT, "operator of the value", holds=WORD),
        Column("value_text", TEXT, "value compared, decimal text in the cut's unit (NLR: N/L)", holds=NUMBER),
        Column("unit", TEXT, "unit of the comparison", holds=UNIT),
        Column("cut_text", TEXT, "cut-off as a decimal string", False, holds=NUMBER),
        Column("comparator", TEXT, ">=", False, holds=WORD),
        Column("is_at_cut", FLAG, "exactly at the cut", False),
        Column("is_near_cut", FLAG, "within 1.96 CV of the cut", False),
        Column(
            "flip_probability",
            REAL,
            "probability that the true value lies on the other side, from the assay's interval, from what plates of the lot differ by, "
            "and from the place on the plate; also of a bound behind which it lies",
        ),
        Column("reason", TEXT, "why unknown, from the closed list", holds=WORD),
        Column("nlr_source", TEXT, "way to the NLR, as in score_input; null on other components", holds=WORD),
    ),
)

REASONS = (
    "not_ordered",
    "not_received",
    "qns",
    "failed_qc",
    "below_range_undecided",
    "above_range_undecided",
    "outside_window",
    "unit_unknown",
    "unit_ambiguous",
    "preliminary_only",
    "cancelled",
    "entered_in_error",
    "duplicate_conflict",
    "identity_conflict",
    "assay_mismatch",
    "awaiting_decision",
    "unreadable",
    "number_ambiguous",
)
