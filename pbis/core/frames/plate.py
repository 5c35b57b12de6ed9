"""What a reader returns: the export as the instrument wrote it."""

from __future__ import annotations

from pbis.core.frames.keys import LINE, PLATE_NUMBER, REPORTED, RUN_ID, WELL_NAME
from pbis.core.frames.model import (
    DAY,
    FLAG,
    HASH,
    KEY,
    MOMENT,
    PRIVATE,
    REAL,
    SENTENCE,
    TEXT,
    WHOLE,
    WORD,
    Column,
    FrameSpec,
    surrogate,
)

HEADER = FrameSpec(
    "run_header",
    "header line of an export, as written",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("key", TEXT, "first cell", False, holds=PRIVATE),
        Column("value", TEXT, "the other cells, joined by ' | ', trailing empty cells removed", holds=PRIVATE),
    ),
)

READING = FrameSpec(
    "reading",
    "well x analyte of an export, as the instrument wrote it",
    ("run_id", "plate_number", "well", "analyte_reported"),
    (
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        REPORTED,
        Column("location", TEXT, "location as written, for example 1(1,A1)", False, holds=surrogate("location")),
        Column("source_line", WHOLE, "1-based line of the Median row", False),
        Column("sample_label", TEXT, "sample name as written, blanks at its ends removed", holds=surrogate("label")),
        Column("bead_region", TEXT, "bead region (BeadID)", holds=surrogate("value")),
        Column("mfi", REAL, "median fluorescence intensity; null where none was measured"),
        Column("mfi_text", TEXT, "the cell as written, where it is not a plain number", holds=surrogate("value")),
        Column("bead_count", WHOLE, "beads behind the median; null where not reported"),
        Column("net_mfi_reported", REAL, "the instrument's own Net MFI"),
        Column("result_reported", REAL, "the instrument's own Result as a number, dilution applied, its own unit"),
        Column(
            "result_reported_op", TEXT, "=, < or > of the instrument's Result; null where it printed none", holds=WORD
        ),
        Column("result_reported_text", TEXT, "the Result cell exactly as written", holds=surrogate("value")),
        Column("range_text", TEXT, "the Range cell as written", holds=surrogate("value")),
        Column("recovery_reported_pct", REAL, "the instrument's % Recovery"),
        Column("comment", TEXT, "the Comments cell as written", holds=PRIVATE),
        Column("mean", REAL, "mean of the beads, MFI"),
        Column("cv_pct", REAL, "CV of the beads, percent"),
        Column("peak", REAL, "peak (mode), MFI"),
        Column("std_dev", REAL, "standard deviation of the beads, MFI"),
        Column("trimmed_count", REAL, "beads left after trimming"),
        Column("trimmed_mean", REAL, "mean after trimming, MFI"),
        Column("trimmed_cv_pct", REAL, "CV after trimming, percent"),
        Column("trimmed_peak", REAL, "peak after trimming, MFI"),
        Column("trimmed_std_dev", REAL, "standard deviation after trimming, MFI"),
        Column(
            "dilution_factor_reported", REAL, "the export's Dilution Factor of the well; null where the cell is empty"
        ),
        Column("total_events", WHOLE, "Total Events of the well"),
        Column("acquisition_seconds", REAL, "acquisition time of the well, seconds"),
    ),
)

ANALYTE = FrameSpec(
    "analyte_run",
    "analyte of an export",
    ("run_id", "analyte_reported"),
    (
        RUN_ID,
        REPORTED,
        Column("position", WHOLE, "column order in the export, from 1", False),
        Column("bead_region", TEXT, "bead region (BeadID)", holds=surrogate("value")),
        Column("unit_reported", TEXT, "unit as written in the Units block", holds=surrogate("unit")),
        Column("min_bead_count", REAL, "Per Bead Count requested"),
        Column(
            "analysis_type",
            TEXT,
            "Analysis Types cell, for example Logistic 5P Weighted",
            holds=surrogate("instrument"),
        ),
        Column("coef_a", REAL, "Coefficient A of the instrument's curve (lower asymptote, Net MFI)"),
        Column("coef_b", REAL, "Coefficient B (upper asymptote, Net MFI)"),
        Column("coef_c", REAL, "Coefficient C (position, reported unit)"),
        Column("coef_d", REAL, "Coefficient D (slope, negative for a rising curve)"),
        Column("coef_f", REAL, "Coefficient F (asymmetry); null on four-parameter curves, where it is 1"),
        Column("r2_reported", REAL, "R^2 of the instrument"),
        LINE,
        Column("bead_region_line", WHOLE, "1-based line that gives the bead region; null where it stands in the name"),
        Column(
            "misplaced_in",
            TEXT,
            "blocks that name it at another place than Median does; null where none",
            holds=SENTENCE,
        ),
    ),
)

REAGENT = FrameSpec(
    "reagent",
    "standard or control x analyte of an export",
    ("run_id", "reagent_label", "analyte_reported"),
    (
        RUN_ID,
        Column(
            "reagent_label",
            TEXT,
            "label in the reagent table, for example Standard1",
            False,
            holds=surrogate("reagent"),
        ),
        Column("reagent_kind", TEXT, "standard or qc_control", False, holds=WORD),
        REPORTED,
        Column("expected_concentration", REAL, "expected concentration, reported unit"),
        Column("expected_text", TEXT, "the expected concentration exactly as written", holds=surrogate("value")),
        Column("range_low", REAL, "low end of the control's range, reported unit"),
        Column("range_high", REAL, "high end of the control's range, reported unit"),
        LINE,
        Column(
            "implied_concentration",
            REAL,
            "what the other standards, or Result and % Recovery, say it should be; null where the written one may be right",
        ),
    ),
)

LOT = FrameSpec(
    "lot",
    "kit, reagent or calibrator lot named by an export",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("lot_kind", TEXT, "kit, standard, qc_control or calibrator", False, holds=WORD),
        Column("label", TEXT, "kit name, reagent label or calibrator section", holds=surrogate("lot")),
        Column("lot_name", TEXT, "LotName", holds=surrogate("lot")),
        Column("lot_number", TEXT, "lot number", holds=surrogate("lot")),
        Column("expires_on", DAY, "expiry date"),
        Column("expires_text", TEXT, "expiry as written", holds=surrogate("date")),
        Column("manufacturer", TEXT, "manufacturer", holds=surrogate("maker")),
        Column("machine_serial", TEXT, "MachineSerialNo of a calibrator row", holds=PRIVATE),
        Column("result", TEXT, "Result of a calibrator row", holds=surrogate("state")),
    ),
)

CALIBRATION = FrameSpec(
    "calibration",
    "calibration or verification line of an export",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("name", TEXT, "for example Last CAL Calibration", False, holds=surrogate("line")),
        Column("kind", TEXT, "calibration, verification, fluidics or other", False, holds=WORD),
        Column("state", TEXT, "passed, failed, expired or unknown", False, holds=WORD),
        Column("performed_at", MOMENT, "when, instrument wall time"),
        Column("value", TEXT, "the cell as written", holds=surrogate("date")),
    ),
)

SUMMARY = FrameSpec(
    "sample_summary",
    "sample name x analyte of an export's per-sample blocks",
    ("run_id", "sample_label", "occurrence", "analyte_reported"),
    (
        RUN_ID,
        Column("sample_label", TEXT, "sample name", False, holds=surrogate("label")),
        REPORTED,
        Column("avg_mfi", REAL, "Avg MFI"),
        Column("avg_net_mfi", REAL, "Avg Net MFI"),
        Column("avg_result", REAL, "Avg Result, reported unit"),
        Column("avg_result_op", TEXT, "=, < or > of Avg Result", holds=WORD),
        Column("avg_result_text", TEXT, "Avg Result as written", holds=surrogate("value")),
        Column("avg_range_text", TEXT, "Avg Range as written", holds=surrogate("value")),
        Column(
            "cv_replicates_pct", REAL, "%CV Replicates; the instrument prints 0 where every replicate is out of range"
        ),
        LINE,
        Column("occurrence", WHOLE, "1 for the first row of the name; exports repeat a name where dilutions differ"),
    ),
)

EVENT = FrameSpec(
    "run_event",
    "audit-log or warning line of an export",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("kind", TEXT, "audit or warning", False, holds=WORD),
        Column("well", TEXT, "well the line speaks of", holds=KEY),
        Column("status", TEXT, "Warning, Ok, ...", holds=surrogate("state")),
        Column("at_text", TEXT, "when, as written", holds=surrogate("date")),
        Column("message", TEXT, "message as written", holds=surrogate("event")),
    ),
)

BLOCK = FrameSpec(
    "block",
    "block of an export, consumed or ignored",
    ("run_id", "first_line"),
    (
        RUN_ID,
        Column("name", TEXT, "block name as written", False, holds=surrogate("block")),
        Column("first_line", WHOLE, "1-based first line", False),
        Column("last_line", WHOLE, "1-based last line", False),
        Column("row_count", WHOLE, "data rows", False),
        Column("column_count", WHOLE, "columns of the header row", False),
        Column("is_consumed", FLAG, "false where the reader ignored it", False),
        Column("note", TEXT, "why it was ignored, or what was skipped in it", holds=SENTENCE),
    ),
)

WARNING = FrameSpec(
    "run_warning",
    "warning that the reader gives with a run",
    ("run_id", "position"),
    (
        RUN_ID,
        Column("position", WHOLE, "order, from 1", False),
        Column("code", TEXT, "short name, for example crc_mismatch", False, holds=WORD),
        Column("message", TEXT, "one sentence", False, holds=SENTENCE),
        LINE,
    ),
)

WELL_TYPE = FrameSpec(
    "well_type",
    "well whose role the export itself declares, as its software typed it",
    ("run_id", "plate_number", "well"),
    (
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        Column("well_type", TEXT, "type as written, for example S1, C2, X14, U3, B", False, holds=surrogate("reagent")),
        Column("well_role", TEXT, "standard, qc_control, background or unknown", False, holds=WORD),
    ),
)

LOT_SHEET = FrameSpec(
    "lot_sheet",
    "standard or control x analyte of a kit's lot sheet",
    ("file_id", "reagent_label", "analyte_reported"),
    (
        Column("file_id", TEXT, "sha256 of the sheet's bytes", False, holds=HASH),
        Column("source_line", WHOLE, "1-based line, counted through the sheets of a workbook", False),
        Column(
            "reagent_label",
            TEXT,
            "label as the sheet spells it, for example Standard1",
            False,
            holds=surrogate("reagent"),
        ),
        Column("reagent_kind", TEXT, "standard or qc_control", False, holds=WORD),
        Column("analyte_reported", TEXT, "analyte as the sheet spells it", False, holds=surrogate("analyte")),
        Column("expected_concentration", REAL, "expected concentration, the sheet's unit"),
        Column("expected_text", TEXT, "the expected concentration exactly as written", holds=surrogate("value")),
        Column("range_low", REAL, "low end of the control's range, the sheet's unit"),
        Column("range_high", REAL, "high end of the control's range, the sheet's unit"),
        Column("unit_reported", TEXT, "unit as written", holds=surrogate("unit")),
        Column("kit_name", TEXT, "kit as written", holds=surrogate("protocol")),
        Column("lot_number", TEXT, "lot as written", holds=surrogate("lot")),
        Column("expires_on", DAY, "expiry date; null where its day and month cannot be told apart"),
        Column("expires_text", TEXT, "expiry as written", holds=surrogate("date")),
        Column(
            "plates",
            TEXT,
            "plates that the sheet names, joined by ' | '; null where its lot decides",
            holds=surrogate("plates"),
        ),
    ),
)

DOUBT = FrameSpec(
    "doubt",
    "what a reader found doubtful about a well; whether it matters depends on what the well holds",
    ("run_id", "plate_number", "well", "kind", "found"),
    (
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        Column("kind", TEXT, "label, dilution, events, cell or net", False, holds=WORD),
        Column("block", TEXT, "block, or blocks, of the export that say so", holds=SENTENCE),
        Column("expected", TEXT, "what the other blocks say, or what should stand there", holds=SENTENCE),
        Column("found", TEXT, "what the export says, in words", False, holds=SENTENCE),
        LINE,
    ),
)
