"""Every frame that crosses a boundary, declared once: plate side, assay side, quality side, clinical side, score side.

Times are wall time as written by the instrument or the laboratory; concentrations are in the unit of the row's own `unit`
column and already multiplied by the dilution factor unless a column says otherwise. Missing is null, never a sentinel.
"""

from __future__ import annotations

from pbis.core.model import DAY, FLAG, MOMENT, REAL, TEXT, WHOLE, Column, FrameSpec

RUN_ID = Column("run_id", TEXT, "sha256 of the export file's bytes, in hex", False)
ASSAY_ID = Column("assay_id", TEXT, "sha256 over run, layout, panel, method, profile and code version", False)
PLATE_NUMBER = Column("plate_number", WHOLE, "plate within the batch, from 1", False)
WELL_NAME = Column("well", TEXT, "well name, letter and number without padding: A1, H12, P24", False)
REPORTED = Column("analyte_reported", TEXT, "analyte name exactly as the export spells it", False)
LINE = Column("source_line", WHOLE, "1-based line of the file that the row was read from")

# ---- plate side: what a reader returns -------------------------------------------------------------------------------

HEADER = FrameSpec(
    "run_header",
    "header line of an export, as written",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("key", TEXT, "first cell", False),
        Column("value", TEXT, "the other cells, joined by ' | ', trailing empty cells removed"),
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
        Column("location", TEXT, "location as written, for example 1(1,A1)", False),
        Column("source_line", WHOLE, "1-based line of the Median row", False),
        Column("sample_label", TEXT, "sample name as written, blanks at its ends removed"),
        Column("bead_region", TEXT, "bead region (BeadID)"),
        Column("mfi", REAL, "median fluorescence intensity; null where none was measured"),
        Column("mfi_text", TEXT, "the cell as written, where it is not a plain number"),
        Column("bead_count", WHOLE, "beads behind the median; null where not reported"),
        Column("net_mfi_reported", REAL, "the instrument's own Net MFI"),
        Column("result_reported", REAL, "the instrument's own Result as a number, dilution applied, its own unit"),
        Column("result_reported_op", TEXT, "=, < or > of the instrument's Result; null where it printed none"),
        Column("result_reported_text", TEXT, "the Result cell exactly as written"),
        Column("range_text", TEXT, "the Range cell as written"),
        Column("recovery_reported_pct", REAL, "the instrument's % Recovery"),
        Column("comment", TEXT, "the Comments cell as written"),
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
        Column("bead_region", TEXT, "bead region (BeadID)"),
        Column("unit_reported", TEXT, "unit as written in the Units block"),
        Column("min_bead_count", REAL, "Per Bead Count requested"),
        Column("analysis_type", TEXT, "Analysis Types cell, for example Logistic 5P Weighted"),
        Column("coef_a", REAL, "Coefficient A of the instrument's curve (lower asymptote, Net MFI)"),
        Column("coef_b", REAL, "Coefficient B (upper asymptote, Net MFI)"),
        Column("coef_c", REAL, "Coefficient C (position, reported unit)"),
        Column("coef_d", REAL, "Coefficient D (slope, negative for a rising curve)"),
        Column("coef_f", REAL, "Coefficient F (asymmetry); null on four-parameter curves, where it is 1"),
        Column("r2_reported", REAL, "R^2 of the instrument"),
        LINE,
    ),
)

REAGENT = FrameSpec(
    "reagent",
    "standard or control x analyte of an export",
    ("run_id", "reagent_label", "analyte_reported"),
    (
        RUN_ID,
        Column("reagent_label", TEXT, "label in the reagent table, for example Standard1", False),
        Column("reagent_kind", TEXT, "standard or qc_control", False),
        REPORTED,
        Column("expected_concentration", REAL, "expected concentration, reported unit"),
        Column("expected_text", TEXT, "the expected concentration exactly as written"),
        Column("range_low", REAL, "low end of the control's range, reported unit"),
        Column("range_high", REAL, "high end of the control's range, reported unit"),
        LINE,
    ),
)

LOT = FrameSpec(
    "lot",
    "kit, reagent or calibrator lot named by an export",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("lot_kind", TEXT, "kit, standard, qc_control or calibrator", False),
        Column("label", TEXT, "kit name, reagent label or calibrator section"),
        Column("lot_name", TEXT, "LotName"),
        Column("lot_number", TEXT, "lot number"),
        Column("expires_on", DAY, "expiry date"),
        Column("expires_text", TEXT, "expiry as written"),
        Column("manufacturer", TEXT, "manufacturer"),
        Column("machine_serial", TEXT, "MachineSerialNo of a calibrator row"),
        Column("result", TEXT, "Result of a calibrator row"),
    ),
)

CALIBRATION = FrameSpec(
    "calibration",
    "calibration or verification line of an export",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("name", TEXT, "for example Last CAL Calibration", False),
        Column("kind", TEXT, "calibration, verification, fluidics or other", False),
        Column("state", TEXT, "passed, failed, expired or unknown", False),
        Column("performed_at", MOMENT, "when"),
        Column("value", TEXT, "the cell as written"),
    ),
)

SUMMARY = FrameSpec(
    "sample_summary",
    "sample name x analyte of an export's per-sample blocks",
    ("run_id", "sample_label", "analyte_reported"),
    (
        RUN_ID,
        Column("sample_label", TEXT, "sample name", False),
        REPORTED,
        Column("avg_mfi", REAL, "Avg MFI"),
        Column("avg_net_mfi", REAL, "Avg Net MFI"),
        Column("avg_result", REAL, "Avg Result, reported unit"),
        Column("avg_result_op", TEXT, "=, < or > of Avg Result"),
        Column("avg_result_text", TEXT, "Avg Result as written"),
        Column("avg_range_text", TEXT, "Avg Range as written"),
        Column(
            "cv_replicates_pct", REAL, "%CV Replicates; the instrument prints 0 where every replicate is out of range"
        ),
        LINE,
    ),
)

EVENT = FrameSpec(
    "run_event",
    "audit-log or warning line of an export",
    ("run_id", "source_line"),
    (
        RUN_ID,
        Column("source_line", WHOLE, "1-based line", False),
        Column("kind", TEXT, "audit or warning", False),
        Column("well", TEXT, "well the line speaks of"),
        Column("status", TEXT, "Warning, Ok, ..."),
        Column("at_text", TEXT, "when, as written"),
        Column("message", TEXT, "message as written"),
    ),
)

BLOCK = FrameSpec(
    "block",
    "block of an export, consumed or ignored",
    ("run_id", "first_line"),
    (
        RUN_ID,
        Column("name", TEXT, "block name as written", False),
        Column("first_line", WHOLE, "1-based first line", False),
        Column("last_line", WHOLE, "1-based last line", False),
        Column("row_count", WHOLE, "data rows", False),
        Column("column_count", WHOLE, "columns of the header row", False),
        Column("is_consumed", FLAG, "false where the reader ignored it", False),
        Column("note", TEXT, "why it was ignored, or what was skipped in it"),
    ),
)

WARNING = FrameSpec(
    "run_warning",
    "warning that the reader gives with a run",
    ("run_id", "position"),
    (
        RUN_ID,
        Column("position", WHOLE, "order, from 1", False),
        Column("code", TEXT, "short name, for example crc_mismatch", False),
        Column("message", TEXT, "one sentence", False),
        LINE,
    ),
)

# ---- assay side ------------------------------------------------------------------------------------------------------

WELL = FrameSpec(
    "well",
    "well of a run with its role",
    ("run_id", "plate_number", "well"),
    (
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        Column("sample_label", TEXT, "sample name of the export"),
        Column("well_role", TEXT, "standard, qc_control, background, unknown or unknown_role", False),
        Column("role_source", TEXT, "layout, reagent_table, default_name or none", False),
        Column("reagent_label", TEXT, "label in the reagent table, for standards and controls"),
        Column("standard_level", WHOLE, "1 = lowest expected concentration; null where not a standard"),
        Column("replicate_group", TEXT, "wells of one sample at one dilution share it", False),
        Column("specimen_id", TEXT, "specimen barcode from the layout; null where no layout names the well"),
        Column("dilution_factor", REAL, "factor applied to concentrations; null for standards and background"),
        Column("dilution_source", TEXT, "layout, export or assumed_1"),
    ),
)

RESULT = FrameSpec(
    "result",
    "well x analyte with what was computed from it",
    ("assay_id", "plate_number", "well", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name: the batch, with /n where a batch holds several plates", False),
        PLATE_NUMBER,
        WELL_NAME,
        Column("sample_label", TEXT, "sample name of the export"),
        Column("well_role", TEXT, "role", False),
        Column("replicate_group", TEXT, "wells of one sample at one dilution share it", False),
        Column("standard_level", WHOLE, "1 = lowest; null where not a standard"),
        Column("specimen_id", TEXT, "specimen barcode"),
        Column("analyte", TEXT, "canonical analyte name; the reported name where no alias is known", False),
        REPORTED,
        Column("bead_region", TEXT, "bead region"),
        Column("mfi", REAL, "median fluorescence intensity"),
        Column("bead_count", WHOLE, "beads"),
        Column("net_mfi", REAL, "MFI minus the mean of the plate's background wells"),
        Column("dilution_factor", REAL, "factor applied"),
        Column("concentration", REAL, "concentration with the dilution applied; null where not quantified"),
        Column("concentration_op", TEXT, "=, <, > or null"),
        Column("concentration_bound", REAL, "the bound that < or > speaks of, dilution applied"),
        Column("unit", TEXT, "unit of concentration, bound and CI"),
        Column("ci_low", REAL, "lower end of the 95 % confidence interval"),
        Column("ci_high", REAL, "upper end"),
        Column(
            "status",
            TEXT,
            "QUANT, BELOW_LLOQ, BELOW_CURVE, ABOVE_ULOQ, ABOVE_STANDARDS, ABOVE_CURVE, NO_CURVE, CURVE_FAILED, LOW_BEADS, MISSING, BACKGROUND, EXCLUDED",
            False,
        ),
        Column("recovery_pct", REAL, "100 x back-calculated / expected, standards and controls"),
        Column(
            "replicate_cv_pct",
            REAL,
            "100 SD(n-1)/mean over the replicate group's concentrations, MFI where no concentration",
        ),
        Column("net_mfi_reported", REAL, "the instrument's own Net MFI"),
        Column("result_reported", REAL, "the instrument's own Result"),
        Column("result_reported_op", TEXT, "its operator"),
        Column("result_reported_text", TEXT, "its text"),
        Column("unit_reported", TEXT, "unit of the instrument's Result"),
        Column("expected_concentration", REAL, "expected concentration of a standard or control, in `unit`"),
        Column("method", TEXT, "robust or xponent", False),
        Column("method_version", TEXT, "version of the method", False),
        Column("source_line", WHOLE, "1-based line of the Median row in the export", False),
    ),
)

CURVE = FrameSpec(
    "curve",
    "standard curve: plate x analyte",
    ("assay_id", "plate_number", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name", False),
        PLATE_NUMBER,
        Column("analyte", TEXT, "canonical analyte name", False),
        REPORTED,
        Column("method", TEXT, "robust or xponent", False),
        Column("method_version", TEXT, "version", False),
        Column("model", TEXT, "5PL, 4PL or none", False),
        Column("response", TEXT, "mfi or net_mfi: what the curve predicts", False),
        Column("coef_a", REAL, "A of y = A + (B - A) / (1 + (x/C)^D)^F: response at dose 0"),
        Column("coef_b", REAL, "B: response at infinite dose"),
        Column("coef_c", REAL, "C, in `unit`"),
        Column("coef_d", REAL, "D, negative for a rising curve"),
        Column("coef_f", REAL, "F, asymmetry; 1 for 4PL"),
        Column("ec50", REAL, "dose at half height, in `unit`"),
        Column("unit", TEXT, "unit of concentrations"),
        Column("r2", REAL, "weighted R^2 of the fit"),
        Column("scale_pct", REAL, "robust relative residual scale, percent"),
        Column("level_count", WHOLE, "standard levels with a valid well", False),
        Column("point_count", WHOLE, "wells in the fit, background included", False),
        Column("lowest_standard", REAL, "lowest expected concentration used"),
        Column("highest_standard", REAL, "highest used"),
        Column("lloq", REAL, "lower limit of quantification, undiluted"),
        Column("uloq", REAL, "upper limit, undiluted"),
        Column("lloq_reason", TEXT, "which rule binds"),
        Column("uloq_reason", TEXT, "which rule binds"),
        Column("lod", REAL, "limit of detection, undiluted: back-calculated background + 3 SD"),
        Column("background_mfi", REAL, "mean MFI of background wells"),
        Column("background_sd", REAL, "SD of background wells, MFI"),
        Column("passing_levels", WHOLE, "length of the longest contiguous run of passing levels", False),
        Column("is_converged", FLAG, "the optimiser met its criterion", False),
        Column("hook_level", WHOLE, "level dropped for a hook"),
        Column("status", TEXT, "pass, warn, fail or none", False),
        Column("reasons", TEXT, "why, short names joined by ';'"),
        Column("steps", TEXT, "the fallback ladder as walked, joined by ';'"),
        Column("proposed_exclusions", TEXT, "standard wells proposed for a person to exclude, joined by ';'"),
    ),
)

LEVEL = FrameSpec(
    "standard_level",
    "standard level of a curve; level 0 is the background",
    ("assay_id", "plate_number", "analyte", "standard_level"),
    (
        ASSAY_ID,
        RUN_ID,
        PLATE_NUMBER,
        Column("analyte", TEXT, "canonical analyte name", False),
        REPORTED,
        Column("standard_level", WHOLE, "0 = background, 1 = lowest standard", False),
        Column("reagent_label", TEXT, "label in the reagent table"),
        Column("expected_concentration", REAL, "expected, in the curve's unit"),
        Column("well_count", WHOLE, "wells with a reading", False),
        Column("mean_mfi", REAL, "mean MFI of the wells"),
        Column("cv_pct", REAL, "CV of MFI over the wells, percent"),
        Column("fitted_mfi", REAL, "the curve at the expected concentration, as MFI"),
        Column("back_calculated", REAL, "concentration from the mean response"),
        Column("recovery_pct", REAL, "100 x back-calculated / expected"),
        Column("back_cv_pct", REAL, "CV of the wells' back-calculated concentrations, percent"),
        Column("is_used", FLAG, "took part in the fit", False),
        Column("is_in_range", FLAG, "inside LLOQ..ULOQ", False),
        Column(
            "influence_pct", REAL, "largest change of a mid-range concentration when the level is left out, percent"
        ),
        Column("note", TEXT, "why it was dropped or is an anchor"),
    ),
)

# ---- quality side ----------------------------------------------------------------------------------------------------

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
        Column("effect", TEXT, "none, flag, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse", False),
        Column("action", TEXT, "what a person should do", False),
        Column("source", TEXT, "where the rule comes from", False),
        Column("message", TEXT, "one sentence with numbers", False),
        Column("suite_hash", TEXT, "sha256 of the effective suite", False),
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

# ---- clinical side: what pbis.clinical returns; identifiers are already resolved to study ids -------------------------

FILE_ID = Column("file_id", TEXT, "sha256 of the clinical file's bytes", False)
SOURCE_LINE = Column("source_line", WHOLE, "1-based line of the file", False)

LAYOUT = FrameSpec(
    "layout_well",
    "well of a plate layout",
    ("file_id", "plate", "plate_number", "well"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("plate", TEXT, "plate name: equals the export's batch", False),
        PLATE_NUMBER,
        WELL_NAME,
        Column("well_role", TEXT, "standard, qc_control, background or unknown", False),
        Column("specimen_id", TEXT, "specimen barcode"),
        Column("reagent_label", TEXT, "Standard1, Control2 ... where the well holds one"),
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
        Column("specimen_id", TEXT, "barcode", False),
        Column("subject_id", TEXT, "study id; null where unknown"),
        Column("collected_at", MOMENT, "collection, site wall time"),
        Column("has_time", FLAG, "false where only the date is known", False),
        Column("material", TEXT, "serum, EDTA plasma, ..."),
        Column("reason", TEXT, "why the row cannot be used; null where it can"),
    ),
)

LAB = FrameSpec(
    "clinical_lab",
    "clinical laboratory result, one version of it",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("subject_id", TEXT, "study id; null where the linkage knows none"),
        Column("specimen_id", TEXT, "accession or barcode that ties analytes of one draw together"),
        Column("code", TEXT, "code or name as sent"),
        Column("code_system", TEXT, "loinc or local"),
        Column(
            "analyte",
            TEXT,
            "neutrophils, lymphocytes, crp, afp, wbc, neutrophils_pct, lymphocytes_pct, ...; null where the code is unknown",
        ),
        Column("value_reported", TEXT, "value exactly as sent"),
        Column("unit_reported", TEXT, "unit exactly as sent"),
        Column("value_op", TEXT, "=, <, <=, > or >="),
        Column("value_text", TEXT, "value as decimal text in `unit`, exact"),
        Column("unit", TEXT, "canonical unit of the analyte"),
        Column("factor_text", TEXT, "exact factor reported -> canonical, as a fraction"),
        Column("status", TEXT, "final, corrected, preliminary, cancelled or entered_in_error", False),
        Column("collected_at", MOMENT, "collection, site wall time"),
        Column("has_time", FLAG, "false where only the date is known", False),
        Column("resulted_at", MOMENT, "result or last change, site wall time"),
        Column("reference_text", TEXT, "reference range as sent"),
        Column("reason", TEXT, "why the row cannot be used, from the closed list; null where it can"),
        Column("detail", TEXT, "the reason in one sentence, quoting the offending unit or value"),
    ),
)

TREATMENT = FrameSpec(
    "treatment",
    "treatment start of a subject",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("subject_id", TEXT, "study id; null where the linkage knows none"),
        Column("cohort", TEXT, "cohort name"),
        Column("regimen", TEXT, "regimen"),
        Column("started_at", MOMENT, "first dose, site wall time"),
        Column("has_time", FLAG, "false where only the date is known", False),
        Column("reason", TEXT, "why the row cannot be used; null where it can"),
    ),
)

OUTCOME = FrameSpec(
    "outcome",
    "outcome of a subject",
    ("file_id", "source_line"),
    (
        FILE_ID,
        SOURCE_LINE,
        Column("subject_id", TEXT, "study id"),
        Column("os_months", REAL, "overall survival, months"),
        Column("is_dead", FLAG, "death observed"),
        Column("pfs_months", REAL, "progression-free survival, months"),
        Column("is_progressed", FLAG, "progression or death observed"),
        Column("best_response", TEXT, "CR, PR, SD, PD or NE (mRECIST)"),
    ),
)

# ---- score side ------------------------------------------------------------------------------------------------------

MEASURES = ("neutrophils", "lymphocytes", "crp", "il12", "il2", "afp")

SCORE_INPUT = FrameSpec(
    "score_input",
    "subject x measure chosen for the score; every subject has all six measures",
    ("subject_id", "measure"),
    (
        Column("subject_id", TEXT, "study id", False),
        Column("cohort", TEXT, "cohort"),
        Column("treatment_started_on", DAY, "treatment start"),
        Column("measure", TEXT, "neutrophils, lymphocytes, crp, il12, il2 or afp", False),
        Column("value_op", TEXT, "=, <, <=, > or >=; null where there is no value"),
        Column("value_text", TEXT, "decimal text in `unit`"),
        Column("unit", TEXT, "unit of value_text"),
        Column("ci_low", REAL, "95 % CI in `unit`, assay measures only"),
        Column("ci_high", REAL, "upper end"),
        Column("reason", TEXT, "why there is no usable value, from the closed list; null where there is one"),
        Column("detail", TEXT, "how the value was chosen, or why others were not, in one sentence"),
        Column("source_kind", TEXT, "lab or assay"),
        Column("source_key", TEXT, "file_id:line of a lab, assay_id:plate_number:wells:analyte of an assay"),
        Column("specimen_id", TEXT, "specimen of the value"),
        Column("collected_at", MOMENT, "collection of the specimen"),
        Column("days_before_start", WHOLE, "calendar days from draw to treatment start"),
        Column("is_same_day_unordered", FLAG, "drawn on the day of the first dose with no times to order them"),
    ),
)

SCORE = FrameSpec(
    "score",
    "subject x cut-off set",
    ("subject_id", "cutoff_set"),
    (
        Column("subject_id", TEXT, "study id", False),
        Column("cohort", TEXT, "cohort"),
        Column("treatment_started_on", DAY, "treatment start"),
        Column("cutoff_set", TEXT, "cut-off set", False),
        Column("is_site_set", FLAG, "the set that the site reports", False),
        Column("score", WHOLE, "0..4; null unless certain"),
        Column("score_min", WHOLE, "points that are certain", False),
        Column("score_max", WHOLE, "points that are possible", False),
        Column("group", TEXT, "high, low, indeterminate or not_scored", False),
        Column("reasons", TEXT, "component: reason, joined by '; '"),
        Column("is_near_cut", FLAG, "a component lies so near its cut that the assay could flip it", False),
        Column("nlr_point", WHOLE, "1, 0 or null"),
        Column("crp_point", WHOLE, "1, 0 or null"),
        Column("il12_point", WHOLE, "1, 0 or null"),
        Column("il2_point", WHOLE, "1, 0 or null"),
        Column("crafity_min", WHOLE, "CRAFITY points that are certain"),
        Column("crafity_max", WHOLE, "CRAFITY points that are possible"),
    ),
)

COMPONENT = FrameSpec(
    "score_component",
    "subject x cut-off set x component",
    ("subject_id", "cutoff_set", "component"),
    (
        Column("subject_id", TEXT, "study id", False),
        Column("cutoff_set", TEXT, "cut-off set", False),
        Column("component", TEXT, "nlr, crp, il12 or il2", False),
        Column("point", WHOLE, "1, 0 or null"),
        Column("value_op", TEXT, "operator of the value"),
        Column("value_text", TEXT, "value compared, decimal text in the cut's unit (NLR: N/L)"),
        Column("unit", TEXT, "unit of the comparison"),
        Column("cut_text", TEXT, "cut-off as a decimal string", False),
        Column("comparator", TEXT, ">=", False),
        Column("is_at_cut", FLAG, "exactly at the cut", False),
        Column("is_near_cut", FLAG, "within 1.96 CV of the cut", False),
        Column("flip_probability", REAL, "probability that the true value lies on the other side, from the assay's CI"),
        Column("reason", TEXT, "why unknown, from the closed list"),
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
)
