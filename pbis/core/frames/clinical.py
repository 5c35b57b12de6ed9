"""What pbis.clinical returns; identifiers are already resolved to study ids."""

from __future__ import annotations

from pbis.core.frames.keys import PLATE_NUMBER, WELL_NAME
from pbis.core.frames.model import (
    DAY,
    FLAG,
    HASH,
    KEY,
    MOMENT,
    NUMBER,
    PRIVATE,
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

FILE_ID = Column("file_id", TEXT, "sha256 of the clinical file's bytes", False, holds=HASH)
SOURCE_LINE = Column("source_line", WHOLE, "1-based line of the file", False)

LAYOUT = FrameSpec(
    "layout_well",
    "well of a plate layout",
    ("file_id", "plate", "plate_number", "well"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("plate", TEXT, "plate name: equals the export's batch", False, holds=surrogate("plate")),
        PLATE_NUMBER,
        WELL_NAME,
        Column("well_role", TEXT, "standard, qc_control, background or unknown", False, holds=WORD),
        Column("specimen_id", TEXT, "specimen barcode", holds=surrogate("specimen")),
        Column("reagent_label", TEXT, "Standard1, Control2 ... where the well holds one", holds=surrogate("reagent")),
        Column("dilution_factor", REAL, "dilution of the well"),
    ),
)

SPECIMEN = FrameSpec(
    "specimen",
    "specimen tube",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("specimen_id", TEXT, "barcode", False, holds=surrogate("specimen")),
        Column("subject_id", TEXT, "study id; null where unknown", holds=KEY),
        Column("collected_at", MOMENT, "collection, site wall time", holds=STUDY_DAY),
        Column("has_time", FLAG, "false where only the date is known", False),
        Column("material", TEXT, "serum, EDTA plasma, ...", holds=surrogate("material")),
        Column("reason", TEXT, "why the row cannot be used; null where it can", holds=WORD),
    ),
)

LAB = FrameSpec(
    "clinical_lab",
    "clinical laboratory result, one version of it",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("subject_id", TEXT, "study id; null where the linkage knows none", holds=KEY),
        Column(
            "specimen_id",
            TEXT,
            "accession or barcode that ties analytes of one draw together",
            holds=surrogate("accession"),
        ),
        Column("code", TEXT, "code or name as sent", holds=surrogate("code")),
        Column("code_system", TEXT, "loinc or local", holds=WORD),
        Column(
            "analyte",
            TEXT,
            "neutrophils, lymphocytes, crp, afp, wbc, neutrophils_pct, lymphocytes_pct, ...; null where the code is unknown",
            holds=KEY,
        ),
        Column("value_reported", TEXT, "value exactly as sent", holds=surrogate("value")),
        Column("unit_reported", TEXT, "unit exactly as sent", holds=surrogate("unit")),
        Column("value_op", TEXT, "=, <, <=, > or >=", holds=WORD),
        Column("value_text", TEXT, "value as decimal text in `unit`, exact", holds=NUMBER),
        Column("unit", TEXT, "canonical unit of the analyte", holds=UNIT),
        Column("factor_text", TEXT, "exact factor reported -> canonical, as a fraction", holds=NUMBER),
        Column(
            "status",
            TEXT,
            "final, corrected, preliminary, cancelled, entered_in_error, or now_final: what was sent as preliminary is final, its value is not sent again",
            False,
            holds=WORD,
        ),
        Column("collected_at", MOMENT, "collection, site wall time", holds=STUDY_DAY),
        Column("has_time", FLAG, "false where only the date is known", False),
        Column("resulted_at", MOMENT, "result or last change, site wall time", holds=STUDY_DAY),
        Column("reference_text", TEXT, "reference range as sent", holds=surrogate("value")),
        Column("reason", TEXT, "why the row cannot be used, from the closed list; null where it can", holds=WORD),
        Column("detail", TEXT, "the reason in one sentence, quoting the offending unit or value", holds=SENTENCE),
        Column(
            "order_id",
            TEXT,
            "what versions of one result share beside subject and code: filler order number, else the placer's, with the "
            "sub-identifier; FHIR identifier, else id; null where the sender gives none",
            holds=surrogate("order"),
        ),
        Column(
            "site",
            TEXT,
            "site of the patient's record number, by the linkage table; null where it names none or several",
            holds=surrogate("site"),
        ),
        Column(
            "candidates",
            TEXT,
            "study ids that the record number may mean, joined by ;, where it is a conflict",
            holds=KEY,
        ),
        Column(
            "fhir_id",
            TEXT,
            "id of the FHIR Observation: one id is one result; null where the format has none",
            holds=surrogate("fhir"),
        ),
        Column(
            "version", TEXT, "version of the FHIR Observation (meta.versionId), as sent", holds=surrogate("version")
        ),
        Column(
            "updated_at",
            MOMENT,
            "last change of the FHIR Observation (meta.lastUpdated), site wall time",
            holds=STUDY_DAY,
        ),
    ),
)

LAB_UNMAPPED = FrameSpec(
    "lab_unmapped",
    "code, unit or status word of a laboratory file that its map does not know",
    ("file_id", "kind", "sent"),
    (
        FILE_ID,
        Column("kind", TEXT, "code, unit or status", False, holds=WORD),
        Column(
            "sent",
            TEXT,
            "the word as sent, its beginning; its kind and hash in a release; empty where none was sent",
            False,
            holds=surrogate("code"),
        ),
        Column(
            "analytes", TEXT, "what a unit was sent for, joined by ', '; null for codes and status words", holds=WORD
        ),
        Column("row_count", WHOLE, "rows of the file that have it", False),
        Column(
            "why", TEXT, "why it is not understood, in one sentence; null in a release, since it quotes", holds=PRIVATE
        ),
    ),
)

LINE_HASH_BYTES = 16  # of a line's hash: of a billion lines no two collide by chance
FHIR_FILE = FrameSpec(
    "fhir_file",
    "FHIR file, with what it is to others",
    ("file_id",),
    (
        FILE_ID,
        Column("reference_count", WHOLE, "patients and specimens that it holds and that results refer to", False),
        Column("outside_count", WHOLE, "references of its results to what it does not hold itself", False),
        Column("unresolved_count", WHOLE, "those of them that no file held when it was read", False),
        Column("known_count", WHOLE, "lines that stood already by an earlier file and are no rows of this one", False),
        Column(
            "references_hash",
            TEXT,
            "sha256 over what the references outside mean; null where there are none",
            holds=PRIVATE,
        ),
        Column(
            "line_hashes",
            TEXT,
            f"hashes of its new lines in hex, {2 * LINE_HASH_BYTES} digits each; not in a release",
            False,
            holds=PRIVATE,
        ),
    ),
)

TREATMENT = FrameSpec(
    "treatment",
    "treatment start of a subject",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("subject_id", TEXT, "study id; null where the linkage knows none", holds=KEY),
        Column("cohort", TEXT, "cohort name", holds=surrogate("cohort")),
        Column("regimen", TEXT, "regimen", holds=surrogate("regimen")),
        Column("started_at", MOMENT, "first dose, site wall time", holds=STUDY_DAY),
        Column("has_time", FLAG, "false where only the date is known", False),
        Column("reason", TEXT, "why the row cannot be used; null where it can", holds=WORD),
        Column(
            "candidates",
            TEXT,
            "study ids that the record number may mean, joined by ;, where it is a conflict",
            holds=KEY,
        ),
        Column(
            "regimen_name",
            TEXT,
            "the regimen in the one spelling that the table of regimens gives it",
            holds=surrogate("regimen"),
        ),
        Column("age", REAL, "age at the start, years; 90 in a release where it is more than 89"),
        Column("child_pugh", TEXT, "Child-Pugh class with points (A5), or either alone", holds=WORD),
        Column("ecog", WHOLE, "ECOG performance status, 0 to 5"),
    ),
)

OUTCOME = FrameSpec(
    "outcome",
    "outcome of a subject",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("subject_id", TEXT, "study id", holds=KEY),
        Column("os_months", REAL, "overall survival, months"),
        Column("is_dead", FLAG, "death observed"),
        Column("pfs_months", REAL, "progression-free survival, months"),
        Column("is_progressed", FLAG, "progression or death observed"),
        Column("best_response", TEXT, "CR, PR, SD, PD or NE (mRECIST)", holds=WORD),
    ),
)

EXPECTED_WORK = FrameSpec(
    "expected_work",
    "row of a worklist: a plate, a tube or a visit that was planned, and the day by which it is expected",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column(
            "plate",
            TEXT,
            "plate that was planned, as its layout calls it; null where none is named",
            holds=surrogate("plate"),
        ),
        Column("specimen_id", TEXT, "barcode of the tube; null where none is named", holds=surrogate("specimen")),
        Column("subject_id", TEXT, "study id whose visit is planned; null where none is named", holds=KEY),
        Column("due_on", DAY, "day by which it is expected", holds=STUDY_DAY),
    ),
)
