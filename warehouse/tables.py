"""Which tables the warehouse keeps: one per frame of pbis.core.frames, plus the few that record how they came to be there.

Tables live in schema `store` and are only ever appended to; views in schema `main` say what counts today. A frame that is
derived anew when its inputs change carries the key of the derivation: wells the assay, clinical rows the import, scores the night.
"""

from __future__ import annotations

from dataclasses import replace

from pbis.core.frames import SPECS
from pbis.core.frames.keys import ASSAY_ID, RUN_ID
from pbis.core.frames.model import MOMENT, REAL, TEXT, WHOLE, Column, FrameSpec, columns_of
from pbis.core.plates.plate import Run

SEQUENCE = Column("sequence", WHOLE, "order of loading, from 1", False)
NIGHT_ID = Column("night_id", TEXT, "night that wrote the row", False)
IMPORT_ID = Column("import_id", TEXT, "sha256 over clinical file, linkage and settings", False)
FILE_ID = Column("file_id", TEXT, "sha256 of the clinical file's bytes", False)

RUN = FrameSpec(
    "run",
    "export file, loaded once",
    ("run_id",),
    (
        RUN_ID,
        SEQUENCE,
        NIGHT_ID,
        Column("loaded_at", MOMENT, "when the file was loaded, site wall time", False),
        Column("archived_path", TEXT, "where the bytes are kept, relative to the site"),
        Column("plate_key", TEXT, "which physical reading this is: instrument serial | batch | start", False),
        Column("content_hash", TEXT, "sha256 of the MFI values by well and analyte; null where there is none"),
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
        Column("assayed_at", MOMENT, "when it was loaded, site wall time", False),
        Column("layout_file_id", TEXT, "sha256 of the layout file; null where the export's own roles stand"),
        Column("panel", TEXT, "panel; null where none was given"),
        Column("method", TEXT, "robust, xponent or instrument", False),
        Column("profile", TEXT, "QC profile, research or regulated", False),
        Column("suite_hash", TEXT, "sha256 over what decides in the effective expectation suite", False),
        Column("config_hash", TEXT, "sha256 of the site's effective configuration", False),
        Column("code_version", TEXT, "version of this program", False),
        Column("lot_sheet_file_id", TEXT, "sha256 of the kit's lot sheet; null where the export's own reagents stand"),
        Column("decision_hash", TEXT, "sha256 of the standing decisions about the plate; null where there are none"),
        Column(
            "wording_hash",
            TEXT,
            "sha256 over the sentences of the suite that its findings speak with; null before it was kept",
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
        Column("decision_id", TEXT, "sha256 of the decision and of the one before it", False),
        Column("previous_id", TEXT, "decision_id of the one before it; zeros for the first", False),
        NIGHT_ID,
        Column("decided_at", MOMENT, "when, site wall time", False),
        Column("author", TEXT, "who decided", False),
        Column("kind", TEXT, "exclude, keep, release, tell, accept_fall or reverse", False),
        Column(
            "plate_content",
            TEXT,
            "content hash of the plate's readings, its run_id where it has none, sha256 of a file that is told about, or a release",
            False,
        ),
        Column("plate", TEXT, "plate name when it was decided; of an accepted fall the release", False),
        Column("plate_number", WHOLE, "plate within the batch, from 1", False),
        Column("well", TEXT, "well; null where the decision is not about one"),
        Column("replicate_group", TEXT, "replicate group; null where the decision is not about one"),
        Column("analyte", TEXT, "canonical analyte name; null where all are meant"),
        Column("rule", TEXT, "rule whose finding is kept"),
        Column("cause", TEXT, "cause, from a closed list", False),
        Column("reason", TEXT, "the reason in words", False),
        Column("reverses", WHOLE, "sequence of the decision that this one reverses"),
        Column("told", TEXT, "what a release, a telling or an accepted fall says, as JSON; null for the others"),
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
        Column("owner_id", TEXT, "assay_id or import_id that they belong to", False),
        Column("wording_hash", TEXT, "sha256 over the sentences of the suite", False),
        NIGHT_ID,
    ),
)

SUPERSESSION = FrameSpec(
    "supersession",
    "run that another export of the same plate replaces",
    ("run_id", "superseded_by"),
    (
        RUN_ID,
        Column("superseded_by", TEXT, "run_id of the newer export", False),
        Column("reason", TEXT, "why the other is newer, in one sentence", False),
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
            "reading_hash", TEXT, "sha256 of the MFI values, whatever wells and analytes are called; null without any"
        ),
    ),
)

CLINICAL_FILE = FrameSpec(
    "clinical_file",
    "clinical file, loaded once",
    ("file_id",),
    (
        FILE_ID,
        Column("kind", TEXT, "layouts, lot_sheets, specimens, labs, treatments or outcomes", False),
        Column("name", TEXT, "name of the file as dropped", False),
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
        Column("imported_at", MOMENT, "when it was loaded, site wall time", False),
        Column("linkage_hash", TEXT, "sha256 of the linkage that resolved identities; null where none was needed"),
        Column("settings_hash", TEXT, "sha256 of unit tables, code map, suite and time zone", False),
        Column("code_version", TEXT, "version of this program", False),
        Column("row_count", WHOLE, "rows derived from the file", False),
        Column(
            "wording_hash",
            TEXT,
            "sha256 over the sentences of the suite that its findings speak with; null before it was kept",
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
        Column("kind", TEXT, "what the file was dropped as: plates, layouts, specimens, labs ...", False),
        Column("name", TEXT, "name of the file as dropped", False),
        Column("sha256", TEXT, "sha256 of its bytes; null where they could not be read"),
        Column("reason", TEXT, "kind of refusal, for example CorruptedLadder", False),
        Column("message", TEXT, "the refusal in one line, with place, expected and found", False),
        Column("line", WHOLE, "1-based line; null where the file as a whole is meant"),
        Column("refused_at", MOMENT, "when, site wall time", False),
    ),
)

NIGHT = FrameSpec(
    "night",
    "night, as begun",
    ("night_id",),
    (
        NIGHT_ID,
        SEQUENCE,
        Column("started_at", MOMENT, "start, site wall time", False),
        Column("config_hash", TEXT, "sha256 of the site's effective configuration"),
        Column("code_version", TEXT, "version of this program"),
    ),
)

NIGHT_END = FrameSpec(
    "night_end",
    "night that came to its end; a night without a row here was interrupted",
    ("night_id",),
    (
        NIGHT_ID,
        Column("finished_at", MOMENT, "end, site wall time", False),
        Column("state", TEXT, "done, done_with_refusals, done_with_alarms, nothing_new, dry_run or interrupted", False),
        Column("counts", TEXT, "JSON object: name of the count -> number", False),
    ),
)

CUTOFF_SET = FrameSpec(
    "cutoff_set",
    "version of a cut-off set",
    ("set_hash",),
    (
        Column("set_hash", TEXT, "sha256 of the set", False),
        Column("cutoff_set", TEXT, "name of the set", False),
        SEQUENCE,
        NIGHT_ID,
        Column("title", TEXT, "what it stands for", False),
        Column("high_at", WHOLE, "points from which the group is high", False),
        Column("citation", TEXT, "where it was published", False),
        Column("note", TEXT, "what to know before using it", False),
        Column("author", TEXT, "who wrote it", False),
        Column("checker", TEXT, "who checked it", False),
        Column("reviewed_on", TEXT, "when it was last looked at", False),
        Column("next_review", TEXT, "when it is to be looked at again", False),
    ),
)

CUTOFF = FrameSpec(
    "cutoff",
    "cut-off of a set's version",
    ("set_hash", "score_name", "component"),
    (
        Column("set_hash", TEXT, "sha256 of the set", False),
        Column("score_name", TEXT, "pbis or crafity", False),
        Column("component", TEXT, "nlr, crp, il12, il2; crp and afp for CRAFITY", False),
        Column("value_text", TEXT, "the cut-off as a decimal string", False),
        Column("comparator", TEXT, "for example >=", False),
        Column("unit", TEXT, "unit of the cut-off", False),
        Column("source", TEXT, "the sentence it comes from", False),
        Column("status", TEXT, "as_published or interpreted", False),
        Column("note", TEXT, "what to know about it", False),
        Column("cv_pct", TEXT, "assumed imprecision of a value without a confidence interval, percent"),
        Column("cv_source", TEXT, "where that assumption comes from", False),
        Column(
            "plate_cv_pct",
            TEXT,
            "what plates are taken to differ by beyond the error of their curves, percent; null where nothing is assumed",
        ),
        Column("plate_cv_source", TEXT, "where that assumption comes from; null before it was kept"),
    ),
)

TREND_CHECK = FrameSpec(
    "trend_check",
    "night that held all standing plates against their history; a night that changed none has no row",
    ("night_id",),
    (
        NIGHT_ID,
        SEQUENCE,
        Column("basis", TEXT, "sha256 over the standing assays and the trend rules", False),
        Column("suite_hash", TEXT, "sha256 of the effective trend rules and guide sets", False),
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
        Column("name", TEXT, "name of the knob", False),
        Column("value", TEXT, "value as text", False),
    ),
)

WAREHOUSE_MIGRATION = FrameSpec(
    "warehouse_migration",
    "migration that has been applied, or the views as last created",
    ("sequence",),
    (
        Column("name", TEXT, "file name of the migration; views for the views", False),
        Column("sha256", TEXT, "sha256 of the text that was applied", False),
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
    "lab_finding": IMPORT_ID,
    "score_input": NIGHT_ID,
    "score": NIGHT_ID,
    "score_component": NIGHT_ID,
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


WORDING = Column("wording_hash", TEXT, "sha256 over the sentences of the suite that it speaks with", False)
# What a sentence of a suite stands in. A changed sentence is said of what stands without computing or judging it anew: the rows in
# their later words lie beside those that were loaded first, and `saying` tells which count.
SAID = ("finding", "analyte_verdict", "plate_verdict", "lab_finding")


def _said(spec: FrameSpec) -> FrameSpec:
    name, grain = f"{spec.name}_said", f"{spec.grain}, in words of a later night"
    return replace(spec, name=name, grain=grain, key=(WORDING.name, *spec.key), columns=(WORDING, *spec.columns))


_STORED = {spec.name: spec for spec in (*OWN, *(_table_of(s) for s in SPECS.values()))}
TABLES = _STORED | {spec.name: spec for spec in (_said(_STORED[name]) for name in SAID)}
