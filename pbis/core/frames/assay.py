"""What is computed from a plate: wells with roles, results, curves, levels."""

from __future__ import annotations

from pbis.core.frames.keys import ASSAY_ID, PLATE_NUMBER, REPORTED, RUN_ID, WELL_NAME
from pbis.core.frames.model import FLAG, KEY, REAL, SENTENCE, TEXT, WHOLE, WORD, Column, FrameSpec, surrogate

WELL = FrameSpec(
    "well",
    "well of a run with its role",
    ("run_id", "plate_number", "well"),
    (
        RUN_ID,
        PLATE_NUMBER,
        WELL_NAME,
        Column("sample_label", TEXT, "sample name of the export", holds=surrogate("label")),
        Column("well_role", TEXT, "standard, qc_control, background, unknown or unknown_role", False, holds=WORD),
        Column(
            "role_source",
            TEXT,
            "layout, decision, well_type, reagent_table, lot_sheet, default_name, net_mfi or none",
            False,
            holds=WORD,
        ),
        Column(
            "reagent_label", TEXT, "label in the reagent table, for standards and controls", holds=surrogate("reagent")
        ),
        Column("standard_level", WHOLE, "1 = lowest expected concentration; null where not a standard"),
        Column(
            "replicate_group", TEXT, "wells of one sample at one dilution share it", False, holds=surrogate("group")
        ),
        Column(
            "specimen_id",
            TEXT,
            "specimen barcode from the layout or a decision; null where neither names the well",
            holds=surrogate("specimen"),
        ),
        Column(
            "dilution_factor",
            REAL,
            "factor applied to concentrations; null for standards and background, and for a well that nobody gives one",
        ),
        Column(
            "dilution_source", TEXT, "decision, layout, export or assumed_1; null where there is no factor", holds=WORD
        ),
        Column(
            "doubt",
            TEXT,
            "what is doubtful about the well: label, dilution, cell, net or background; null where nothing is",
            holds=WORD,
        ),
        Column(
            "doubt_reason",
            TEXT,
            "why, and what releases the well, in one sentence; may quote the export",
            holds=SENTENCE,
        ),
    ),
)

ASSAY_WARNING = FrameSpec(
    "assay_warning",
    "warning about what lies in the wells of a run: layout, lot sheet, roles",
    ("run_id", "position"),
    (
        RUN_ID,
        Column("position", WHOLE, "order, from 1", False),
        Column("code", TEXT, "short name, for example unknown_role", False, holds=WORD),
        Column("message", TEXT, "one sentence", False, holds=SENTENCE),
    ),
)

ASSAY_REAGENT = FrameSpec(
    "assay_reagent",
    "standard or control x analyte that an assay with a lot sheet was computed with",
    ("run_id", "reagent_label", "analyte_reported"),
    (
        RUN_ID,
        Column("reagent_label", TEXT, "label in the reagent table or the lot sheet", False, holds=surrogate("reagent")),
        Column("reagent_kind", TEXT, "standard or qc_control", False, holds=WORD),
        REPORTED,
        Column("expected_concentration", REAL, "expected concentration, in unit_reported"),
        Column("expected_text", TEXT, "the expected concentration exactly as written", holds=surrogate("value")),
        Column("range_low", REAL, "low end of the control's range, in unit_reported"),
        Column("range_high", REAL, "high end of the control's range, in unit_reported"),
        Column("unit_reported", TEXT, "unit as the export or the lot sheet writes it", holds=surrogate("unit")),
        Column(
            "reagent_source",
            TEXT,
            "export, lot_sheet, or both where the sheet fills what the export leaves",
            False,
            holds=WORD,
        ),
        Column("source_line", WHOLE, "1-based line of the export, or of the lot sheet where that is the source"),
        Column(
            "implied_concentration",
            REAL,
            "what the other standards, or Result and % Recovery, say it should be; null where the written one may be right",
        ),
    ),
)

RESULT = FrameSpec(
    "result",
    "well x analyte with what was computed from it",
    ("assay_id", "plate_number", "well", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name: the batch, with /n where a batch holds several plates", False, holds=KEY),
        PLATE_NUMBER,
        WELL_NAME,
        Column("sample_label", TEXT, "sample name of the export", holds=surrogate("label")),
        Column("well_role", TEXT, "role", False, holds=WORD),
        Column(
            "replicate_group", TEXT, "wells of one sample at one dilution share it", False, holds=surrogate("group")
        ),
        Column("standard_level", WHOLE, "1 = lowest; null where not a standard"),
        Column("specimen_id", TEXT, "specimen barcode", holds=surrogate("specimen")),
        Column("analyte", TEXT, "canonical analyte name; the reported name where no alias is known", False, holds=KEY),
        REPORTED,
        Column("bead_region", TEXT, "bead region", holds=surrogate("value")),
        Column("mfi", REAL, "median fluorescence intensity"),
        Column("bead_count", WHOLE, "beads"),
        Column("net_mfi", REAL, "MFI minus the mean of the plate's background wells"),
        Column("dilution_factor", REAL, "factor applied"),
        Column("concentration", REAL, "concentration with the dilution applied; null where not quantified"),
        Column("concentration_op", TEXT, "=, <, > or null", holds=WORD),
        Column("concentration_bound", REAL, "the bound that < or > speaks of, dilution applied"),
        Column("unit", TEXT, "unit of concentration, bound and CI", holds=surrogate("unit")),
        Column(
            "ci_low",
            REAL,
            "lower end of the 95 % confidence interval of the amount, also of a reading below or above the range; 0 where it has no lower end",
        ),
        Column("ci_high", REAL, "upper end; null where it has none"),
        Column(
            "status",
            TEXT,
            "QUANT, BELOW_LLOQ, BELOW_LOD, BELOW_CURVE, ABOVE_ULOQ, ABOVE_STANDARDS, ABOVE_CURVE, NO_CURVE, CURVE_FAILED, LOW_BEADS, MISSING, BACKGROUND, EXCLUDED, HELD",
            False,
            holds=WORD,
        ),
        Column("recovery_pct", REAL, "100 x back-calculated / expected, standards and controls"),
        Column(
            "replicate_cv_pct",
            REAL,
            "100 SD(n-1)/mean over the replicate group's concentrations, MFI where no concentration",
        ),
        Column("net_mfi_reported", REAL, "the instrument's own Net MFI"),
        Column("result_reported", REAL, "the instrument's own Result"),
        Column("result_reported_op", TEXT, "its operator", holds=WORD),
        Column("result_reported_text", TEXT, "its text", holds=surrogate("value")),
        Column("unit_reported", TEXT, "unit of the instrument's Result", holds=surrogate("unit")),
        Column("expected_concentration", REAL, "expected concentration of a standard or control, in `unit`"),
        Column("method", TEXT, "robust, xponent or instrument", False, holds=WORD),
        Column("method_version", TEXT, "version of the method", False, holds=WORD),
        Column("source_line", WHOLE, "1-based line of the Median row in the export", False),
        Column(
            "ci_shared",
            REAL,
            "part of the interval's variance that wells of a plate share, the error of its curve, 0 to 1; null before it was kept",
        ),
    ),
)

CURVE = FrameSpec(
    "curve",
    "standard curve: plate x analyte",
    ("assay_id", "plate_number", "analyte"),
    (
        ASSAY_ID,
        RUN_ID,
        Column("plate", TEXT, "plate name", False, holds=KEY),
        PLATE_NUMBER,
        Column("analyte", TEXT, "canonical analyte name", False, holds=KEY),
        REPORTED,
        Column("method", TEXT, "robust, xponent or instrument", False, holds=WORD),
        Column("method_version", TEXT, "version", False, holds=WORD),
        Column("model", TEXT, "5PL, 4PL or none", False, holds=WORD),
        Column("coefficients_source", TEXT, "fit or export; null where there is no curve", holds=WORD),
        Column("response", TEXT, "mfi or net_mfi: what the curve predicts", False, holds=WORD),
        Column("coef_a", REAL, "A of y = A + (B - A) / (1 + (x/C)^D)^F: response at dose 0"),
        Column("coef_b", REAL, "B: response at infinite dose"),
        Column("coef_c", REAL, "C, in `unit`"),
        Column("coef_d", REAL, "D, negative for a rising curve"),
        Column("coef_f", REAL, "F, asymmetry; 1 for 4PL"),
        Column("ec50", REAL, "dose at half height, in `unit`"),
        Column("unit", TEXT, "unit of concentrations", holds=surrogate("unit")),
        Column("r2", REAL, "weighted R^2 of the fit"),
        Column("scale_pct", REAL, "robust relative residual scale, percent"),
        Column("level_count", WHOLE, "standard levels with a valid well", False),
        Column("point_count", WHOLE, "wells in the fit, background included", False),
        Column("lowest_standard", REAL, "lowest expected concentration used"),
        Column("highest_standard", REAL, "highest used"),
        Column(
            "lloq",
            REAL,
            "low end that is reported, undiluted: the lower limit of quantification, or the LOD where that is greater",
        ),
        Column("uloq", REAL, "upper limit, undiluted"),
        Column("lloq_reason", TEXT, "which rule binds", holds=WORD),
        Column("uloq_reason", TEXT, "which rule binds", holds=WORD),
        Column("lod", REAL, "limit of detection, undiluted: back-calculated background + as many SD as the suite says"),
        Column("background_mfi", REAL, "mean MFI of background wells"),
        Column("background_sd", REAL, "SD of background wells, MFI"),
        Column("passing_levels", WHOLE, "length of the longest contiguous run of passing levels", False),
        Column("is_converged", FLAG, "the optimiser met its criterion", False),
        Column("hook_level", WHOLE, "level dropped for a hook"),
        Column("status", TEXT, "pass, warn, fail or none", False, holds=WORD),
        Column("reasons", TEXT, "why, short names joined by ';'", holds=WORD),
        Column("steps", TEXT, "the fallback ladder as walked, joined by ';'", holds=WORD),
        Column(
            "proposed_exclusions", TEXT, "standard wells proposed for a person to exclude, joined by ';'", holds=WORD
        ),
        Column("lloq_recovery", REAL, "lower end of the recovery run, whether or not it binds"),
        Column("uloq_recovery", REAL, "upper end of the recovery run"),
        Column(
            "lloq_precision",
            REAL,
            "lowest dose at which one reading's predicted CV is within the limit of a level inside the range",
        ),
        Column("uloq_precision", REAL, "highest such dose"),
        Column("kit_low", REAL, "lower end of the range that the kit declares, in `unit`, whether or not it binds"),
        Column("kit_high", REAL, "upper end of it"),
        Column(
            "required_levels",
            WHOLE,
            "standard levels in the fit that the kit's range holds; null before they were kept",
        ),
        Column("required_passing", WHOLE, "those of them whose recovery is within the limits, in a row or not"),
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
        Column("analyte", TEXT, "canonical analyte name", False, holds=KEY),
        REPORTED,
        Column("standard_level", WHOLE, "0 = background, 1 = lowest standard", False),
        Column("reagent_label", TEXT, "label in the reagent table", holds=surrogate("reagent")),
        Column("expected_concentration", REAL, "expected, in the curve's unit"),
        Column("well_count", WHOLE, "wells with a reading", False),
        Column("mean_mfi", REAL, "mean MFI of the wells"),
        Column("cv_pct", REAL, "CV of MFI over the wells, percent"),
        Column("fitted_mfi", REAL, "the curve at the expected concentration, as MFI"),
        Column(
            "back_calculated",
            REAL,
            "concentration from the mean response of the wells that the fit used: not of one that it weighed down as wild",
        ),
        Column("recovery_pct", REAL, "100 x back-calculated / expected"),
        Column("back_cv_pct", REAL, "CV of the wells' back-calculated concentrations, percent"),
        Column("is_used", FLAG, "took part in the fit", False),
        Column("is_in_range", FLAG, "inside LLOQ..ULOQ", False),
        Column(
            "influence_pct", REAL, "largest change of a mid-range concentration when the level is left out, percent"
        ),
        Column("note", TEXT, "why it was dropped or is an anchor", holds=SENTENCE),
    ),
)
