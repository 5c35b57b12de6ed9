"""Frames of measures: what the suites judge, one frame a table for a whole night; no threshold is in them.

Every frame starts with `row_key` (0, 1, 2 ...: how a judgement names its row) and the key columns of a finding; those that do
not apply are null. Yes/no measures are 0 or 1, because the suites compare numbers.
"""

from __future__ import annotations

from pbis.core.frames.keys import ASSAY_ID, PLATE_NUMBER, RUN_ID
from pbis.core.frames.model import FLAG, MOMENT, REAL, TEXT, WHOLE, Column, FrameSpec

ROW_KEY = Column("row_key", WHOLE, "position of the row", False)
PLATE = Column("plate", TEXT, "plate name")
_WELL = Column("well", TEXT, "well")
_GROUP = Column("replicate_group", TEXT, "replicate group; the reagent label for standards and controls")
_ANALYTE = Column("analyte", TEXT, "canonical analyte name")
_KEYS = (ROW_KEY, ASSAY_ID, RUN_ID, PLATE, PLATE_NUMBER, _WELL, _GROUP, _ANALYTE)


def _measure(name: str, grain: str, *columns: Column) -> FrameSpec:
    return FrameSpec(name, grain, ("row_key",), (*_KEYS, *columns))


def _real(name: str, doc: str) -> Column:
    return Column(name, REAL, doc)


def _text(name: str, doc: str) -> Column:
    return Column(name, TEXT, doc)


READINGS = _measure(
    "readings",
    "well x analyte",
    _text("well_role", "role"),
    _text("specimen_id", "specimen barcode"),
    _real("mfi", "median fluorescence intensity"),
    _real("bead_count", "beads"),
    _real("has_counts", "1 where the plate's export has bead counts at all"),
    _text("status", "status of the result"),
    _real("concentration", "concentration in `unit`, dilution applied"),
    _real("undiluted", "the same before the dilution factor"),
    _text("unit", "unit"),
)

REPLICATES = _measure(
    "replicates",
    "replicate group x analyte",
    _text("well_role", "role"),
    _text("wells", "wells of the group"),
    _text("specimen_id", "specimen barcode"),
    _real("well_count", "wells"),
    _real("valid_count", "wells with an MFI and enough beads"),
    _real("mean_mfi", "mean MFI of the valid wells"),
    _real("cv_mfi_pct", "100 SD(n-1)/mean of MFI over the valid wells"),
    _real(
        "cv_concentration_pct",
        "the same of concentrations; a well beyond the range stands at its bound, or at the mean of the others where that allows it",
    ),
    _real(
        "is_in_range",
        "1 where a valid well is quantified, or one lies below and another above the range, and every other is quantified or has a bound",
    ),
    _real("concentration", "mean concentration of the quantified wells"),
    _real("dilution_factor", "dilution"),
    _real(
        "parallel_pct",
        "100 (concentration / that of the specimen's lowest dilution in range - 1); of one beyond the range the nearest number that its bound allows",
    ),
    _real("lowest_dilution", "that dilution"),
)

STANDARDS = _measure(
    "standards",
    "standard level x analyte",
    _real("standard_level", "1 = lowest"),
    _real("expected_concentration", "expected"),
    _real("mean_mfi", "mean MFI"),
    _real("cv_pct", "CV of MFI over the wells, percent"),
    _real("recovery_pct", "100 x back-calculated / expected"),
    _real("is_end", "1 at the lowest and the highest level of the reportable range"),
    _real("is_used", "1 where the level took part in the fit"),
)

CURVES = _measure(
    "curves",
    "analyte x plate",
    _real("reading_count", "wells"),
    _real("missing_pct", "share of wells without an MFI, percent"),
    _real("low_bead_pct", "share of wells with fewer beads than bead_count fails at, percent"),
    _real("background_count", "background wells with an MFI"),
    _real("background_mfi", "mean MFI of the background wells"),
    _real("background_cv_pct", "CV over the background wells, percent"),
    _real("has_standards", "1 where the plate has standard levels for the analyte"),
    _real("is_fitted", "1 where a curve was fitted"),
    _real("is_converged", "1 where the optimiser met its criterion"),
    _real("is_at_bound", "1 where a parameter ended at its bound, or an exponent beyond the largest sensible one"),
    _real("is_accepted", "0 where the fit's own acceptance failed"),
    _text("model", "5PL, 4PL or none"),
    _real("level_count", "levels with a valid well"),
    _real("passing_levels", "longest contiguous run of passing levels"),
    _real(
        "required_levels",
        "levels in the fit that the kit's declared range holds; all of the fit where the panel declares none",
    ),
    _real("required_passing", "of those, levels whose recovery passes, as the curve row has them"),
    _real("required_passing_pct", "the same in percent"),
    _real("ec50_over_lowest", "EC50 / lowest standard"),
    _real("ec50_over_highest", "EC50 / highest standard"),
    _real("top_over_background", "highest level mean / background mean, MFI"),
    _real("lack_of_fit_p", "p of the F test of the level means against the wells' own scatter"),
    _real("hook_level", "level dropped for a hook"),
    _text("curve_reasons", "reasons that the fit gives"),
    _real("controls_judged", "controls with a range and a value"),
    _real("controls_out", "of those, outside their range"),
    _text("controls_text", "each control with value and range"),
    _real("control_wells", "control wells with a recovery"),
    _real("control_pass_pct", "share of control wells within the tolerance of their nominal, percent"),
    _real("control_level_pass_pct", "the lowest such share over the controls, percent"),
    _text("bead_region", "bead region of the export"),
    _text("panel_bead_region", "bead region of the panel"),
    _real("region_differs", "1 where they differ"),
    _real("ladder_odd", "expected concentrations that break the analyte's series, or contradict Result and % Recovery"),
    _text("ladder_text", "the first of them, with what they should be"),
    _real("misplaced", "1 where a block names it at another place than Median does"),
    _text("misplaced_text", "which blocks"),
    _real("trimmed_over", "wells with more beads after trimming than before"),
)

CONTROLS = _measure(
    "controls",
    "control x analyte",
    _text("label", "label in the reagent table"),
    _text("wells", "wells"),
    _text("unit", "unit"),
    _real("value", "mean concentration of the wells on the curve, else the bound that is known"),
    _real("mean_concentration", "mean concentration of the wells on the curve, null where there are none"),
    _text("value_text", "the same in words"),
    _real("range_low", "low end of the lot's range, in `unit`"),
    _real("range_high", "high end"),
    _real("is_placeholder", "1 where low = high = expected, so that the range says nothing"),
    _real("is_out", "1 outside the range, 0 inside, null where it cannot be judged"),
    _real("is_undecided", "1 where only a bound is known and it says neither inside nor outside"),
    _real("expected_concentration", "nominal, in `unit`"),
    _real("recovery_pct", "100 x value / nominal"),
    _real("wells_out", "wells whose own value is outside the range"),
    _real("failed_comments", "wells with the instrument's comment Control Failed."),
    _real("differs_from_instrument", "1 where our judgement and the instrument's comments differ"),
)

WELLS = _measure(
    "wells",
    "well",
    _text("well_role", "role"),
    _text("sample_label", "sample name"),
    _text("partners", "the other wells of its replicate group"),
    _real("analyte_count", "analytes with an MFI here and in the partners"),
    _real("pair_difference", "median over analytes of |ln(MFI / mean MFI of the partners)|"),
    _real("outlier_share_pct", "largest share of analytes that deviate the same way beyond the z limit, percent"),
    _real("outlier_median", "median over analytes of ln(MFI / mean MFI of the partners)"),
)

# Measures of a plate that its run has, the same for all plates of a batch: null where the run is not at hand.
OF_PANEL = (
    _real("panel_missing", "analytes of the panel that the export lacks"),
    _text("panel_missing_text", "which"),
    _real("panel_extra", "analytes that the panel does not know"),
    _text("panel_extra_text", "which"),
    _text("panel_protocols", "protocols that the panel allows, where it names any"),
    _text("panel_gain", "gain of the reporter that the panel asks for"),
    _text("protocol_name", "protocol of the export"),
    _real("protocol_differs", "1 where the panel names protocols and this is none of them"),
    _text("protocol_gain", "gain of the reporter, as the export names it"),
    _real("protocol_gain_differs", "1 where both are known and differ"),
)
OF_RUN = (
    *OF_PANEL,
    _real("calibration_lines", "calibration and verification lines"),
    _real("calibration_failed", "lines that say failed or expired"),
    _text("calibration_text", "which lines are not passed"),
    _real("calibration_unknown", "lines without a state"),
    _real("calibration_age_days", "age of the oldest passed calibration at the run, days"),
    _real("verification_age_days", "age of the oldest passed verification at the run, days"),
    _real("lots_expired", "lots expired before the run"),
    _text("lots_text", "which lots"),
    _real("serial_differs", "calibrator rows of another machine"),
    _text("serial_text", "their serial number"),
)

PLATES = _measure(
    "plates",
    "plate",
    _real("analyte_count", "analytes"),
    _real("well_count", "wells"),
    _real("has_counts", "1 where the export has bead counts"),
    _real("low_bead_pct", "share of readings with fewer beads than bead_count fails at, percent"),
    _real("unknown_wells", "sample wells"),
    _real("unnamed_wells", "sample wells that no layout ties to a specimen"),
    _real("order_share_pct", "largest share of analytes inverted between adjacent standard levels, percent"),
    _text("order_text", "between which levels"),
    _text(
        "exchange_text",
        "which two levels in each other's place would put them in order; empty where no one exchange does",
    ),
    _real("control_order_pct", "share of analytes in which the lower control reads above the higher, percent"),
    _text("control_order_text", "which controls"),
    _real("drift", "median ln(second replicate / first) over the plate"),
    _real("drift_size", "its absolute value"),
    _real("pair_count", "replicate pairs behind it"),
    _real("carry_over", "median ln(first replicate / second) where a much higher well was read just before the first"),
    _real("carry_pairs", "replicate pairs behind it"),
    _real("spatial_size", "largest absolute row or column effect, ln MFI"),
    _text("spatial_text", "which row or column"),
    _real("replicated_wells", "wells with a replicate"),
    _real("assumed_dilutions", "sample wells taken for undiluted because nobody gives any dilution"),
    _real(
        "background_unsettled",
        "1 where the export has no Net MFI, no well is known as background, and neither a layout nor the program says what "
        "its samples are",
    ),
    *OF_RUN,
)

RATES = _measure(
    "rates",
    "plate, after its analytes were judged",
    _real("analyte_count", "analytes"),
    _real("analytes_failed", "analytes failed by any rule"),
    _real("analytes_failed_pct", "the same, percent"),
    _real("curve_failed", "analytes failed by curve_acceptance or curve_fit"),
    _real("curve_failed_pct", "the same, percent of analytes with standards"),
    _real("control_failed", "analytes failed by the kit controls"),
    _real("control_failed_pct", "the same, percent of analytes with judged controls"),
)

TREND = _measure(
    "trend",
    "plate x analyte x metric, held against the earlier plates of its series",
    _text("metric", "what is followed (frames.METRICS)"),
    _text("lot", "lots of the series"),
    _text("instrument", "instrument of the series"),
    _text("method", "curve method"),
    Column("started_at", MOMENT, "start of the run"),
    Column("is_accepted", FLAG, "the plate counts in baselines after it"),
    _text("baseline_kind", "guide, given or running; null where there is none yet"),
    _real("baseline_count", "accepted plates behind the baseline"),
    _text("baseline_text", "the baseline in words"),
    _real("value", "the number"),
    _real("mean", "centre of the baseline; geometric mean of a control held on the log scale"),
    _real("sd", "its SD; on the log scale that of ln times the mean"),
    _real("limit_low", "lower limit, or as far as so few plates leave it"),
    _real("limit_high", "upper limit"),
    _real("z", "standard score, of few plates as the normal score that is as rare"),
    _real(
        "count_2s",
        "plates in a row beyond the SDs of rule 2_2s on one side; at least 2 where both controls of the run are",
    ),
    _real("count_1s", "plates in a row beyond the SDs of rule 4_1s on one side"),
    _real("count_side", "plates in a row on one side of the mean"),
    _real("is_range_4s", "1 where the run's two controls are beyond the SDs of rule R_4s on opposite sides; on qc1"),
    _real("partner_z", "standard score of the run's other control"),
    _real("cv_count", "accepted plates in the window of the inter-assay CV, this one included"),
    _real("cv_pct", "CV over them, percent"),
    _real("fold", "sample level of the plate / that of the baseline"),
    _text("fold_text", "the power of ten that it is near to, where it is"),
)

LOTS = _measure(
    "lots",
    "plate, with the lots of the plate before it on the same instrument with the same kit",
    _text("lot_before", "lots of the plate before; null for the first plate"),
    _text("lot", "lots of the plate"),
    _text("instrument", "instrument"),
    _real("lot_differs", "1 where they differ, null for the first plate"),
    _real("plates_of_lot", "earlier accepted plates with the lots of this one"),
    _real("is_undated", "1 where the export names no time at all"),
    _real(
        "same_pct",
        "followed numbers of curves and controls that equal those of one earlier plate to the last digit, percent",
    ),
    _text("same_plate", "that plate"),
    _real("same_judged", "followed numbers that were compared"),
)

BRIDGES = _measure(
    "bridges",
    "analyte x lot x the lot before it, on the last plate that bridges them",
    _text("lot_before", "the lot before"),
    _text("lot", "the lot"),
    _text("instrument", "instrument of the last plate"),
    _real("specimen_count", "specimens measured with both"),
    _real("ratio_pct", "100 x geometric mean of new / old over the specimens"),
    _real("ratio_low_pct", "lower end of its 95 % confidence interval"),
    _real("ratio_high_pct", "upper end"),
)

LABS = FrameSpec(
    "labs",
    "clinical laboratory row",
    ("row_key",),
    (
        ROW_KEY,
        Column("file_id", TEXT, "sha256 of the clinical file's bytes", False),
        Column("source_line", WHOLE, "1-based line", False),
        _text("subject_id", "study id"),
        _text("analyte", "analyte"),
        _text("reason", "why the row cannot be used"),
        _text("detail", "the same in one sentence"),
        _text("status", "status of the result"),
        _text("unit", "canonical unit"),
        _text("unit_reported", "unit as sent"),
        _real("value", "value in `unit`"),
        _real("nlr_counts", "neutrophils / lymphocytes from counts of the specimen; on neutrophil rows"),
        _real("nlr_percent", "the same from percentages"),
        _real("nlr_difference_pct", "their absolute difference, percent of the one from counts"),
        _text("reference_text", "reference range as sent"),
        _real("reference_high", "upper end of the reference range, canonical unit by the row's own factor"),
        _real("is_reference_reversed", "1 where its lower end lies above its upper end"),
        _real("reference_fold", "upper end of the reference range / typical value of the analyte"),
        _real("batch_count", "values in the batch (file, analyte, unit, reference range); on the batch's first row"),
        _real("batch_power", "nearest power of ten, without its sign, of its median over what it is compared with"),
        _real("batch_z", "how sure that is: standard errors of the median"),
        _text("batch_text", "the two medians in words"),
        _real("slip_power", "batch_power of the row's batch, on every row that has a value"),
        _real("slip_z", "batch_z likewise, where the batch was held against the typical value of its analyte"),
    ),
)

MEASURE_SPECS = {
    s.name: s
    for s in (
        READINGS,
        REPLICATES,
        STANDARDS,
        CURVES,
        CONTROLS,
        WELLS,
        PLATES,
        RATES,
        TREND,
        LOTS,
        BRIDGES,
        LABS,
    )
}
