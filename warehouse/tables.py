"""Which tables the warehouse keeps: one per frame of pbis.core.frames, plus the few that record how they came to be there.

Tables live in schema `store` and are only ever appended to; views in schema `main` say what counts today. A frame that is
derived anew when its inputs change carries the key of the derivation: wells the assay, clinical rows the import, scores the night.
"""

from __future__ import annotations

from dataclasses import replace

from pbis.core.frames import SPECS
from pbis.core.frames.keys import ASSAY_ID, RUN_ID
from pbis.core.frames.model import (
    HASH,
    KEY,
    MOMENT,
    NUMBER,
    PRIVATE,
    REAL,
    SENTENCE,
    TEXT,
    UNIT,
    WHOLE,
    WORD,
    Column,
    FrameSpec,
    columns_of,
    surrogate,
)
from pbis.core.plates.plate import Run
from warehouse.open_tables import OPEN
from warehouse.release_tables import RELEASES
from warehouse.review_tables import OF_REVIEW

SEQUENCE = Column("sequence", WHOLE, "order of loading, from 1", False)
NIGHT_ID = Column("night_id", TEXT, "night that wrote the row", False, holds=KEY)
IMPORT_ID = Column("import_id", TEXT, "sha256 over clinical file, linkage and settings", False, holds=HASH)
FILE_ID = Column("file_id", TEXT, "sha256 of the clinical file's bytes", False, holds=HASH)

RUN = FrameSpec(
    "run",
    "export file, loaded once",
    ("run_id",),
    (
        RUN_ID,
        SEQUENCE,
        NIGHT_ID,
        Column("loaded_at", MOMENT, "when the file was loaded, UTC", False),
        Column("archived_path", TEXT, "where the bytes are kept, relative to the site", holds=KEY),
        Column(
            "plate_key",
            TEXT,
            "which physical reading this is: instrument serial | batch | start",
            False,
            holds=SENTENCE,
        ),
        Column(
            "content_hash", TEXT, "sha256 of the MFI values by well and analyte; null where there is none", holds=HASH
        ),
        *(column for column in columns_of(Run) if column != RUN_ID),
    ),
)

# One a field of pbis.core.tolerances.Tolerances.
TOLERANCES = (
    Column(
        "recovery_low_pct", REAL, "lowest recovery of a level inside the range; null for an assay of before it was kept"
    ),
    Column("recovery_high_pct", REAL, "highest recovery of a level inside the range"),
    Column("recovery_end_low_pct", REAL, "lowest recovery of the levels at the ends of the range"),
    Column("recovery_end_high_pct", REAL, "highest recovery of the levels at the ends of the range"),
    Column("level_cv_pct", REAL, "largest CV of the back-calculated wells of a level inside the range"),
    Column("end_cv_pct", REAL, "largest CV of those at the ends of the range"),
    Column("lod_sds", REAL, "SDs above the mean background that are the detection limit"),
    Column("run_warn", REAL, "fewer passing levels in a row are said; null where the profile does not ask"),
    Column("run_fail", REAL, "fewer passing levels in a row fail the curve; null where the profile does not ask"),
    Column("least_passing", REAL, "required levels that must recover; null where the profile does not ask"),
    Column("least_passing_pct", REAL, "the same as a share of them; null where the profile does not ask"),
    Column("flat_ratio", REAL, "highest level over the background, below which there is no curve"),
    Column("hook_ratio", REAL, "share of the level below it that the top level must reach, else it hooks"),
    Column("inversion_pct", REAL, "drop below a lower level that is no longer monotone"),
    Column("ec50_low_ratio", REAL, "EC50 over the lowest standard, below which it is said; null where nobody asks"),
    Column("ec50_high_ratio", REAL, "EC50 over the highest standard, above which it is said; null where nobody asks"),
)

ASSAY = FrameSpec(
    "assay",
    "computation on a run: one layout, lot sheet, panel, method, profile, suite, configuration and code version",
    ("assay_id",),
    (
        ASSAY_ID,
        RUN_ID,
        SEQUENCE,
        NIGHT_ID,
        Column("assayed_at", MOMENT, "when it was loaded, UTC", False),
        Column(
            "layout_file_id", TEXT, "sha256 of the layout file; null where the export's own roles stand", holds=HASH
        ),
        Column("panel", TEXT, "panel; null where none was given", holds=KEY),
        Column("method", TEXT, "robust, xponent or instrument", False, holds=WORD),
        Column("profile", TEXT, "QC profile, research or regulated", False, holds=WORD),
        Column("suite_hash", TEXT, "sha256 over what decides in the effective expectation suite", False, holds=HASH),
        Column("config_hash", TEXT, "sha256 of the site's effective configuration", False, holds=HASH),
        Column("code_version", TEXT, "version of this program", False, holds=WORD),
        Column(
            "lot_sheet_file_id",
            TEXT,
            "sha256 of the kit's lot sheet; null where the export's own reagents stand",
            holds=HASH,
        ),
        Column(
            "decision_hash",
            TEXT,
            "sha256 of the standing decisions about the plate; null where there are none",
            holds=HASH,
        ),
        Column(
            "wording_hash",
            TEXT,
            "sha256 over the sentences of the suite that its findings speak with; null before it was kept",
            holds=HASH,
        ),
        *TOLERANCES,
    ),
)

DECISION = FrameSpec(
    "decision",
    "decision of a person about a plate, as the decision log has it",
    ("sequence",),
    (
        Column("sequence", WHOLE, "place in the decision log, from 1", False),
        Column("decision_id", TEXT, "sha256 of the decision and of the one before it", False, holds=HASH),
        Column("previous_id", TEXT, "decision_id of the one before it; zeros for the first", False, holds=HASH),
        NIGHT_ID,
        Column("decided_at", MOMENT, "when, UTC", False),
        Column("author", TEXT, "who decided", False, holds=PRIVATE),
        Column(
            "kind",
            TEXT,
            "exclude, keep, release, tell, annotate, guide, accept, reject, repeat, sign, accept_fall, later, name_release, prune, withdraw, erase or reverse",
            False,
            holds=WORD,
        ),
        Column(
            "plate_content",
            TEXT,
            "content hash of the plate's readings, its run_id where it has none, sha256 of a file that is told about, a release, or a keyed hash of a subject who withdrew; zeros for an open item that is put off and for a guide set",
            False,
            holds=HASH,
        ),
        Column(
            "plate",
            TEXT,
            "plate name when it was decided; of an accepted fall the release; subject of a withdrawal; kind of an open item that is put off",
            False,
            holds=KEY,
        ),
        Column("plate_number", WHOLE, "plate within the batch, from 1", False),
        Column("well", TEXT, "well; null where the decision is not about one", holds=KEY),
        Column(
            "replicate_group",
            TEXT,
            "replicate group; null where the decision is not about one",
            holds=surrogate("group"),
        ),
        Column("analyte", TEXT, "canonical analyte name; null where all are meant", holds=KEY),
        Column("rule", TEXT, "rule whose finding is kept", holds=WORD),
        Column("cause", TEXT, "cause, from a closed list", False, holds=WORD),
        Column("reason", TEXT, "the reason in words", False, holds=PRIVATE),
        Column("reverses", WHOLE, "sequence of the decision that this one reverses"),
        Column(
            "told",
            TEXT,
            "what a release, a telling, an annotation, a guide set, a review, an accepted fall, a putting off or an erasure says, as JSON; null for the others",
            holds=PRIVATE,
        ),
    ),
)

ASSAY_SELECTION = FrameSpec(
    "assay_selection",
    "choice of the assay that stands for a run; the latest counts",
    ("sequence",),
    (SEQUENCE, RUN_ID, ASSAY_ID, NIGHT_ID),
)

SAYING = FrameSpec(
    "saying",
    "wording in which the findings on an assay or an import are said from a night on; the latest counts",
    ("sequence",),
    (
        SEQUENCE,
        Column("owner_id", TEXT, "assay_id or import_id that they belong to", False, holds=HASH),
        Column("wording_hash", TEXT, "sha256 over the sentences of the suite", False, holds=HASH),
        NIGHT_ID,
    ),
)

SUPERSESSION = FrameSpec(
    "supersession",
    "run that another export of the same plate replaces",
    ("run_id", "superseded_by"),
    (
        RUN_ID,
        Column("superseded_by", TEXT, "run_id of the newer export", False, holds=HASH),
        Column("reason", TEXT, "why the other is newer, in one sentence", False, holds=SENTENCE),
        NIGHT_ID,
    ),
)

PLATE_READING = FrameSpec(
    "plate_reading",
    "plate of a run, with the name of its readings: plates that share it were read once",
    ("run_id", "plate_number"),
    (
        RUN_ID,
        Column("plate_number", WHOLE, "plate within the batch, from 1", False),
        Column(
            "reading_hash",
            TEXT,
            "sha256 of the MFI values, whatever wells and analytes are called; null without any",
            holds=HASH,
        ),
    ),
)

CLINICAL_FILE = FrameSpec(
    "clinical_file",
    "clinical file, loaded once",
    ("file_id",),
    (
        FILE_ID,
        Column(
            "kind", TEXT, "layouts, lot_sheets, specimens, labs, treatments, outcomes or worklists", False, holds=WORD
        ),
        Column("name", TEXT, "name of the file as dropped", False, holds=KEY),
    ),
)

CLINICAL_IMPORT = FrameSpec(
    "clinical_import",
    "derivation of rows from a clinical file with one linkage and one set of settings",
    ("import_id",),
    (
        IMPORT_ID,
        FILE_ID,
        SEQUENCE,
        NIGHT_ID,
        Column("imported_at", MOMENT, "when it was loaded, UTC", False),
        Column(
            "linkage_hash",
            TEXT,
            "sha256 of the linkage that resolved identities; null where none was needed",
            holds=HASH,
        ),
        Column("settings_hash", TEXT, "sha256 of unit tables, code map, suite and time zone", False, holds=HASH),
        Column("code_version", TEXT, "version of this program", False, holds=WORD),
        Column("row_count", WHOLE, "rows derived from the file", False),
        Column(
            "wording_hash",
            TEXT,
            "sha256 over the sentences of the suite that its findings speak with; null before it was kept",
            holds=HASH,
        ),
        Column(
            "refused_count", WHOLE, "rows, lines or messages refused alone, beside its rows; null before it was kept"
        ),
    ),
)

IMPORT_SELECTION = FrameSpec(
    "import_selection",
    "choice of the import that stands for a clinical file; the latest counts",
    ("sequence",),
    (SEQUENCE, FILE_ID, IMPORT_ID, NIGHT_ID),
)

REFUSAL = FrameSpec(
    "refusal",
    "file that a night did not accept",
    ("night_id", "kind", "name"),
    (
        NIGHT_ID,
        Column("kind", TEXT, "what the file was dropped as: plates, layouts, specimens, labs ...", False, holds=WORD),
        Column("name", TEXT, "name of the file as dropped", False, holds=KEY),
        Column("sha256", TEXT, "sha256 of its bytes; null where they could not be read", holds=HASH),
        Column("reason", TEXT, "kind of refusal, for example CorruptedLadder", False, holds=WORD),
        Column("message", TEXT, "the refusal in one line, with place, expected and found", False, holds=SENTENCE),
        Column("line", WHOLE, "1-based line; null where the file as a whole is meant"),
        Column("refused_at", MOMENT, "when, UTC", False),
    ),
)

NIGHT = FrameSpec(
    "night",
    "night, as begun",
    ("night_id",),
    (
        NIGHT_ID,
        SEQUENCE,
        Column("started_at", MOMENT, "start, UTC", False),
        Column("config_hash", TEXT, "sha256 of the site's effective configuration", holds=HASH),
        Column("code_version", TEXT, "version of this program", holds=WORD),
    ),
)

NIGHT_END = FrameSpec(
    "night_end",
    "night that came to its end; a night without a row here was interrupted",
    ("night_id",),
    (
        NIGHT_ID,
        Column("finished_at", MOMENT, "end, UTC", False),
        Column(
            "state",
            TEXT,
            "done, done_with_refusals, done_with_alarms, nothing_new, dry_run or interrupted",
            False,
            holds=WORD,
        ),
        Column("counts", TEXT, "JSON object: name of the count -> number", False, holds=WORD),
    ),
)

CUTOFF_SET = FrameSpec(
    "cutoff_set",
    "version of a cut-off set",
    ("set_hash",),
    (
        Column("set_hash", TEXT, "sha256 of the set", False, holds=HASH),
        Column("cutoff_set", TEXT, "name of the set", False, holds=KEY),
        SEQUENCE,
        NIGHT_ID,
        Column("title", TEXT, "what it stands for", False, holds=WORD),
        Column("high_at", WHOLE, "points from which the group is high", False),
        Column("citation", TEXT, "where it was published", False, holds=WORD),
        Column("note", TEXT, "what to know before using it", False, holds=WORD),
        Column("author", TEXT, "who wrote it", False, holds=WORD),
        Column("checker", TEXT, "who checked it", False, holds=WORD),
        Column("reviewed_on", TEXT, "when it was last looked at", False, holds=WORD),
        Column("next_review", TEXT, "when it is to be looked at again", False, holds=WORD),
    ),
)

CUTOFF = FrameSpec(
    "cutoff",
    "cut-off of a set's version",
    ("set_hash", "score_name", "component"),
    (
        Column("set_hash", TEXT, "sha256 of the set", False, holds=HASH),
        Column("score_name", TEXT, "pbis or crafity", False, holds=KEY),
        Column("component", TEXT, "nlr, crp, il12, il2; crp and afp for CRAFITY", False, holds=WORD),
        Column("value_text", TEXT, "the cut-off as a decimal string", False, holds=NUMBER),
        Column("comparator", TEXT, "for example >=", False, holds=WORD),
        Column("unit", TEXT, "unit of the cut-off", False, holds=UNIT),
        Column("source", TEXT, "the sentence it comes from", False, holds=WORD),
        Column("status", TEXT, "as_published or interpreted", False, holds=WORD),
        Column("note", TEXT, "what to know about it", False, holds=WORD),
        Column("cv_pct", TEXT, "assumed imprecision of a value without a confidence interval, percent", holds=NUMBER),
        Column("cv_source", TEXT, "where that assumption comes from", False, holds=WORD),
        Column(
            "plate_cv_pct",
            TEXT,
            "what plates are taken to differ by beyond the error of their curves, percent; null where nothing is assumed",
            holds=NUMBER,
        ),
        Column("plate_cv_source", TEXT, "where that assumption comes from; null before it was kept", holds=WORD),
        Column(
            "place_cv_pct",
            TEXT,
            "what wells away from the controls are taken to differ by on one plate, percent; null where nothing is assumed",
            holds=NUMBER,
        ),
        Column("place_cv_source", TEXT, "where that assumption comes from; null before it was kept", holds=WORD),
        Column(
            "uneven_cv_pct",
            TEXT,
            "what the place on the plate is taken to add where enough plates of the lot do not show that they are even, percent; null where nothing is assumed",
            holds=NUMBER,
        ),
        Column("uneven_cv_source", TEXT, "where that assumption comes from; null before it was kept", holds=WORD),
    ),
)

TREND_CHECK = FrameSpec(
    "trend_check",
    "night that held all standing plates against their history; a night that changed none has no row",
    ("night_id",),
    (
        NIGHT_ID,
        SEQUENCE,
        Column("basis", TEXT, "sha256 over the standing assays and the trend rules", False, holds=HASH),
        Column("suite_hash", TEXT, "sha256 of the effective trend rules and guide sets", False, holds=HASH),
        Column("point_count", WHOLE, "numbers that were followed", False),
        Column("series_count", WHOLE, "series that they belong to", False),
    ),
)

SETTING = FrameSpec(
    "setting",
    "value of a knob that the views read; the latest of a name counts",
    ("sequence",),
    (
        SEQUENCE,
        Column("name", TEXT, "name of the knob", False, holds=WORD),
        Column("value", TEXT, "value as text", False, holds=WORD),
    ),
)

WAREHOUSE_MIGRATION = FrameSpec(
    "warehouse_migration",
    "migration that has been applied, or the views as last created",
    ("sequence",),
    (
        Column("name", TEXT, "file name of the migration; views for the views", False, holds=WORD),
        Column("sha256", TEXT, "sha256 of the text that was applied", False, holds=HASH),
        SEQUENCE,
    ),
)

OWN = (
    RUN,
    ASSAY,
    DECISION,
    ASSAY_SELECTION,
    SAYING,
    SUPERSESSION,
    PLATE_READING,
    CLINICAL_FILE,
    CLINICAL_IMPORT,
    IMPORT_SELECTION,
    REFUSAL,
    NIGHT,
    NIGHT_END,
    CUTOFF_SET,
    CUTOFF,
    SETTING,
    TREND_CHECK,
    WAREHOUSE_MIGRATION,
    *OPEN,
    *RELEASES,
    *OF_REVIEW,
)

DERIVED_FROM = {
    "well": ASSAY_ID,
    "assay_warning": ASSAY_ID,
    "assay_reagent": ASSAY_ID,
    "layout_well": IMPORT_ID,
    "lot_sheet": IMPORT_ID,
    "specimen": IMPORT_ID,
    "clinical_lab": IMPORT_ID,
    "lab_unmapped": IMPORT_ID,
    "fhir_file": IMPORT_ID,
    "treatment": IMPORT_ID,
    "outcome": IMPORT_ID,
    "expected_work": IMPORT_ID,
    "lab_finding": IMPORT_ID,
    "score_input": NIGHT_ID,
    "score": NIGHT_ID,
    "score_component": NIGHT_ID,
    "visit_input": NIGHT_ID,
    "visit_score": NIGHT_ID,
    "trend_finding": NIGHT_ID,
    "trend_baseline": NIGHT_ID,
    "trend_judged": NIGHT_ID,
    "trend_judgement": NIGHT_ID,
}

# A row per well x analyte: an index on three text columns doubles the time of a load, so the load itself checks the key.
BULK = ("reading", "result", "reading_state", "trend_reading_state")


def _table_of(spec: FrameSpec) -> FrameSpec:
    """The frame as stored: with the key of its derivation in front, where it has one."""
    owner = DERIVED_FROM.get(spec.name)
    if owner is None or owner.name in spec.names:
        return spec
    return replace(spec, key=(owner.name, *spec.key), columns=(owner, *spec.columns))


WORDING = Column("wording_hash", TEXT, "sha256 over the sentences of the suite that it speaks with", False, holds=HASH)
# What a sentence of a suite stands in. A changed sentence is said of what stands without computing or judging it anew: the rows in
# their later words lie beside those that were loaded first, and `saying` tells which count.
SAID = ("finding", "analyte_verdict", "plate_verdict", "lab_finding")


def _said(spec: FrameSpec) -> FrameSpec:
    name, grain = f"{spec.name}_said", f"{spec.grain}, in words of a later night"
    return replace(spec, name=name, grain=grain, key=(WORDING.name, *spec.key), columns=(WORDING, *spec.columns))


_STORED = {spec.name: spec for spec in (*OWN, *(_table_of(s) for s in SPECS.values()))}
TABLES = _STORED | {spec.name: spec for spec in (_said(_STORED[name]) for name in SAID)}
