-- One row as in the version before: every view in the shape that it had then, for one version; schema v1 goes with the next one.
-- Dates of patients are here as they were: moved, so that the first dose is on 1900-01-01. The columns stand one by one, so that what the
-- program adds to a view of its own changes nothing here.

create or replace view v1.analyte as
select
    analyte, spellings, bead_regions, units, plate_count, sample_result_count, reportable_count, lowest_lloq,
    highest_uloq, plates_passed, plates_warned, plates_failed
from internal.analyte;

create or replace view v1.analyte_for_score as
select
    measure, analyte
from internal.analyte_for_score;

create or replace view v1.analyte_plate as
select
    run_id, assay_id, plate_number, analyte, state, reasons, sentence, well_count, reportable_count
from internal.analyte_plate;

create or replace view v1.analyte_standing as
select
    assay_id, run_id, plate_number, analyte, state, reasons, sentence, well_count, reportable_count
from internal.analyte_standing;

create or replace view v1.analyte_verdict_standing as
select
    assay_id, run_id, plate_number, analyte, state, reasons, sentence, well_count, reportable_count
from internal.analyte_verdict_standing;

create or replace view v1.anchor_draw as
select
    subject_id, collected_at, has_time, days_before_start, is_same_day_unordered, is_assayed, specimen_ids
from internal.anchor_draw;

create or replace view v1.assay_input as
select
    subject_id, measure, analyte, value_op, value_text, unit, ci_low, ci_high, reason, detail, source_key,
    specimen_id, collected_at, days_before_start, is_same_day_unordered
from internal.assay_input;

create or replace view v1.bridge_result as
select
    assay_id, run_id, plate, plate_number, well, analyte, lot, instrument, kit, started_at, specimen_id, value
from internal.bridge_result;

create or replace view v1.cbc_choice as
select
    subject_id, neutrophils_key, neutrophils_way, lymphocytes_key, lymphocytes_way, nlr_source, distance_seconds,
    collected_at, rival_count, is_conflict, difference_pct, difference
from internal.cbc_choice;

create or replace view v1.claimed_lab as
select
    subject_id, measure
from internal.claimed_lab;

create or replace view v1.clinical_lab as
select
    subject_id, specimen_id, code, code_system, analyte, value_reported, unit_reported, value_op, value_text, unit,
    factor_text, status, collected_at, has_time, study_day, resulted_at, reference_text, reason, detail, order_id,
    fhir_id, version, updated_at, site, is_current, is_used, file_id, file_name, source_line
from internal.clinical_lab;

create or replace view v1.control_pair as
select
    assay_id, run_id, plate_number, measure, analyte, lot, instrument, method, started_at, is_accepted, qc1, qc2,
    shared_width_squared
from internal.control_pair;

create or replace view v1.control_result as
select
    run_id, assay_id, plate, plate_number, well, reagent_label, analyte, value_num, value_op, value_reported, unit,
    expected_concentration, recovery_pct, range_low, range_high, result_reported, unit_reported, is_reported_in_range,
    mfi, bead_count, replicate_cv_pct, qc_state, reasons, source_line
from internal.control_result;

create or replace view v1.current_assay as
select
    assay_id, run_id, plate_key, layout_file_id, panel, method, profile, suite_hash, config_hash, code_version,
    assayed_at, night_id, lot_sheet_file_id, decision_hash, wording_hash, recovery_low_pct, recovery_high_pct,
    recovery_end_low_pct, recovery_end_high_pct, level_cv_pct, end_cv_pct, lod_sds, run_warn, run_fail, least_passing,
    least_passing_pct, flat_ratio, hook_ratio, inversion_pct, ec50_low_ratio, ec50_high_ratio
from internal.current_assay;

create or replace view v1.current_import as
select
    import_id, file_id, kind, name, sequence, imported_at, linkage_hash, settings_hash, code_version, row_count,
    wording_hash
from internal.current_import;

create or replace view v1.current_run as
select
    run_id, sequence, night_id, loaded_at, plate_key, content_hash, file_name, byte_count, format, program,
    software_version, instrument_type, instrument_serial, batch, protocol_name, protocol_version, plate_type,
    plate_count, analysis_mode, exported_at, started_at, stopped_at, is_resaved, crc_state
from internal.current_run;

create or replace view v1.cutoff_current as
select
    cutoff_set, score_name, component, comparator, value_text, unit, status, source, note, cv_pct, cv_source,
    plate_cv_pct, plate_cv_source, place_cv_pct, place_cv_source, set_hash
from internal.cutoff_current;

create or replace view v1.decision as
select
    sequence, decided_at, author, kind, run_id, plate, plate_number, well, replicate_group, analyte, rule, cause,
    reason, reverses, reversed_by, is_standing, plate_content, decision_id, previous_id, told
from internal.decision;

create or replace view v1.draw_result as
select
    subject_id, measure, analyte, specimen_id, plates, value_op, value, unit, ci_low, ci_high, reason, plate_count,
    used_plate_count, reading_count, used_count, excluded_count, excluded_because, cv_pct, lowest, highest,
    dilution_difference_pct, source_key, held_plates
from internal.draw_result;

create or replace view v1.draw_window as
select
    source, subject_id, collected_at, has_time, days_before_start, window_state, is_eligible, is_same_day_unordered
from internal.draw_window;

create or replace view v1.eligible_draw as
select
    subject_id, specimen_id, collected_at, has_time, material, days_before_start, window_state, is_same_day_unordered,
    is_eligible, reason, is_assayed
from internal.eligible_draw;

create or replace view v1.excluded_plate as
select
    run_id, plate_number
from internal.excluded_plate;

create or replace view v1.exclusion as
select
    run_id, assay_id, plate, plate_number, well, specimen_id, subject_id, analyte, status, qc_state, reasons, mfi,
    bead_count, source_line
from internal.exclusion;

create or replace view v1.fhir_version as
select
    file_id, source_line, is_replaced, is_disputed, by_file_id, by_source_line, specimen_id, collected_at, has_time
from internal.fhir_version;

create or replace view v1.finding_standing as
select
    assay_id, run_id, plate_number, rule, severity, unit_of_judgement, well, replicate_group, analyte, observed,
    observed_text, limit_value, limit_text, effect, action, source, message, suite_hash, effect_of_rule, decision_id
from internal.finding_standing;

create or replace view v1.given_away_lab as
select
    file_id, source_line, by_file_id, by_source_line, is_unordered, claimed_by
from internal.given_away_lab;

create or replace view v1.held_plate as
select
    run_id, plate_number, plate, file_name, night_id, crc_state, twin_count, twins, likelier_run_id, sentence
from internal.held_plate;

create or replace view v1.held_well as
select
    plate, run_id, plate_number, file_name, wells, well_count, doubt_reason
from internal.held_well;

create or replace view v1.implausible_value as
select
    subject_id, measure, observed_text, limit_text
from internal.implausible_value;

create or replace view v1.lab_candidate as
select
    subject_id, measure, dimension, method_rank, way_rank, specimen_id, collected_at, has_time, value_op, value_text,
    unit, reason, detail, source_key, part_keys, days_before_start, window_state, is_same_day_unordered, is_eligible,
    is_settled, anchor_at, distance_seconds
from internal.lab_candidate;

create or replace view v1.lab_choice as
select
    subject_id, measure, value_op, value_text, unit, source_key, part_keys, nlr_source, specimen_id, collected_at,
    days_before_start, window_state, is_same_day_unordered, anchor_at, reason, detail
from internal.lab_choice;

create or replace view v1.lab_current as
select
    subject_id, analyte, specimen_id, collected_at, has_time, value_op, value_text, unit, status, resulted_at, reason,
    detail, version_count, file_id, source_line
from internal.lab_current;

create or replace view v1.lab_file as
select
    file_id, kind, file_name, row_count, used_count, unused_count, refused_count, known_count, reasons,
    unmapped_codes, unmapped_units, unmapped_statuses
from internal.lab_file;

create or replace view v1.lab_finding_standing as
select
    import_id, file_id, source_line, subject_id, analyte, rule, severity, observed_text, limit_text, effect, action,
    source, message, suite_hash
from internal.lab_finding_standing;

create or replace view v1.lab_flag as
select
    file_id, source_line, subject_id, analyte, value_reported, unit_reported, reference_text, rule, severity,
    observed_text, limit_text, effect, action, source, message, suite_hash
from internal.lab_flag;

create or replace view v1.lab_for_score as
select
    measure
from internal.lab_for_score;

create or replace view v1.lab_origin as
select
    subject_id, measure, sent_as
from internal.lab_origin;

create or replace view v1.lab_part as
select
    analyte, measure, part, dimension, method_rank
from internal.lab_part;

create or replace view v1.lab_value as
select
    subject_id, measure, dimension, method_rank, way_rank, specimen_id, collected_at, has_time, value_op, value_text,
    unit, reason, detail, source_key, part_keys
from internal.lab_value;

create or replace view v1.lab_version as
select
    file_id, source_line, subject_id, analyte, fhir_id, order_id, code, result_key, specimen_id, collected_at,
    has_time, is_replaced, is_disputed, value_op, value_text, unit, status, version_number, updated_at, resulted_at,
    detail, reason, rules
from internal.lab_version;

create or replace view v1.lot_curve_level as
select
    assay_id, run_id, plate, plate_number, analyte, standard_level, lot, instrument, method, started_at, is_accepted,
    expected_concentration, fitted_mfi
from internal.lot_curve_level;

create or replace view v1.lot_used as
select
    run_id, assay_id, lot_kind, label, lot_name, lot_number, expires_on, expires_text, manufacturer, result,
    lot_source
from internal.lot_used;

create or replace view v1.made_final_lab as
select
    file_id, source_line, by_file_id, by_source_line
from internal.made_final_lab;

create or replace view v1.moved_lab as
select
    subject_id, result_key, code, specimen_id, collected_at, has_time, is_disputed
from internal.moved_lab;

create or replace view v1.night as
select
    night_id, sequence, started_at, finished_at, state, counts, config_hash, code_version
from internal.night;

create or replace view v1.night_note as
select
    night_id, position, code, kind, name, sha256, message
from internal.night_note;

create or replace view v1.open_item as
select
    kind, object_kind, object_key, plate, run_id, subject_id, item_count, since_night, since_at, blocks, what, remedy,
    command, position
from internal.open_item;

create or replace view v1.outcome as
select
    subject_id, os_months, is_dead, pfs_months, is_progressed, best_response, reason, detail, file_id, source_line
from internal.outcome;

create or replace view v1.pbis_input as
select
    subject_id, cohort, treatment_started_on, measure, value_op, value_text, unit, ci_low, ci_high, reason, detail,
    source_kind, source_key, specimen_id, collected_at, days_before_start, is_same_day_unordered, nlr_source,
    part_keys
from internal.pbis_input;

create or replace view v1.placed_lab as
select
    file_id, source_line, subject_id, analyte, fhir_id, order_id, code, result_key, specimen_id, collected_at,
    has_time, is_replaced, is_disputed, value_op, value_text, unit, status, version_number, updated_at, resulted_at,
    detail, reason, rules, is_moved
from internal.placed_lab;

create or replace view v1.plate as
select
    run_id, assay_id, plate_key, file_name, plate, plate_number, format, instrument_type, software_version,
    protocol_name, started_at, stopped_at, exported_at, is_resaved, crc_state, kit_lots, standard_lots, control_lots,
    panel, method, profile, layout_file_id, well_count, sample_well_count, specimen_count, state, sentence,
    analytes_passed, analytes_warned, analytes_failed, low_bead_wells, reportable_pct, expected_false_alarms,
    suite_hash, config_hash, code_version, lot_sheet_file_id, decision_hash, plate_content
from internal.plate;

create or replace view v1.plate_standing as
select
    assay_id, run_id, plate_number, state, sentence, analytes_passed, analytes_warned, analytes_failed,
    low_bead_wells, reportable_pct, expected_false_alarms
from internal.plate_standing;

create or replace view v1.plate_verdict_standing as
select
    assay_id, run_id, plate_number, state, sentence, analytes_passed, analytes_warned, analytes_failed,
    low_bead_wells, reportable_pct, expected_false_alarms
from internal.plate_verdict_standing;

create or replace view v1.qc_flag as
select
    run_id, assay_id, plate, plate_number, rule, severity, unit_of_judgement, well, replicate_group, analyte,
    observed, observed_text, limit_value, limit_text, effect, action, source, message, suite_hash, effect_of_rule,
    decision_id
from internal.qc_flag;

create or replace view v1.qc_history as
select
    assay_id, run_id, plate, plate_number, analyte, metric, lot, instrument, method, kit, started_at, is_accepted,
    value
from internal.qc_history;

create or replace view v1.qc_judged as
select
    run_id, assay_id, plate, plate_number, entry, rule, severity, judged_count, found_count, expected_false_alarms
from internal.qc_judged;

create or replace view v1.qc_rate as
select
    night_id, rule, plate_count, plates_with_findings, judged_count, found_count, expected_false_alarms
from internal.qc_rate;

create or replace view v1.qc_trend as
select
    run_id, assay_id, plate, plate_number, file_name, started_at, analyte, metric, rule, severity, lot, instrument,
    observed, observed_text, limit_value, limit_text, effect, message, action, source, effect as effect_1,
    effect_of_rule, decision_id
from internal.qc_trend;

create or replace view v1.reading_standing as
select
    assay_id, run_id, plate_number, well, analyte, qc_state, reportable, reasons
from internal.reading_standing;

create or replace view v1.reagent_used as
select
    run_id, assay_id, reagent_label, reagent_kind, analyte_reported, expected_concentration, expected_text, range_low,
    range_high, unit_reported, reagent_source, source_line, implied_concentration
from internal.reagent_used;

create or replace view v1.reexport_change as
select
    run_id, earlier_run_id, plate_number, file_name, earlier_file_name, changed_count, reading_count, well_count,
    first_changed, message
from internal.reexport_change;

create or replace view v1.refused_file as
select
    night_id, kind, name, sha256, reason, message, line, refused_at
from internal.refused_file;

create or replace view v1.replaced_lab as
select
    subject_id, analyte, how, specimen_id, collected_at, value_op, value_text, unit, status, file_id, file_name,
    source_line, by_status, by_collected_at, by_value_op, by_value_text, by_file_id, by_file_name, by_source_line
from internal.replaced_lab;

create or replace view v1.replicate_result as
select
    run_id, assay_id, plate, plate_number, specimen_id, analyte, dilution_factor, value_op, value, unit, ci_low,
    ci_high, reading_count, used_count, quantified_count, below_count, above_count, wells, excluded_because,
    is_contradictory, held_count
from internal.replicate_result;

create or replace view v1.result as
select
    run_id, file_name, source_line, assay_id, plate, plate_number, well, sample_label, replicate_group, specimen_id,
    subject_id, collected_at, study_day, analyte, bead_region, value_num, value_op, value_bound, value_reported, unit,
    ci_low, ci_high, status, lloq, uloq, dilution_factor, mfi, bead_count, replicate_cv_pct, qc_state, reasons,
    method, method_version, ci_shared
from internal.result;

create or replace view v1.result_all as
select
    run_id, file_name, source_line, assay_id, plate, plate_number, well, sample_label, well_role, replicate_group,
    standard_level, specimen_id, subject_id, collected_at, study_day, analyte, analyte_reported, bead_region,
    value_num, value_op, value_bound, value_reported, unit, ci_low, ci_high, status, lloq, uloq, dilution_factor, mfi,
    net_mfi, bead_count, replicate_cv_pct, recovery_pct, expected_concentration, qc_state, reportable, reasons,
    net_mfi_reported, result_reported, result_reported_op, result_reported_text, unit_reported, method,
    method_version, ci_shared
from internal.result_all;

create or replace view v1.retracted_lab as
select
    file_id, source_line, by_file_id, by_source_line, by_status
from internal.retracted_lab;

create or replace view v1.saying_current as
select
    owner_id, wording_hash
from internal.saying_current;

create or replace view v1.score as
select
    subject_id, cohort, treatment_started_on, cutoff_set, is_site_set, score, score_min, score_max, "group", reasons,
    is_near_cut, nlr_point, crp_point, il12_point, il2_point, crafity_min, crafity_max, marks, mark_reasons,
    is_certain, p_high, p_high_low, p_high_high, p_high_basis
from internal.score;

create or replace view v1.score_by_visit as
select
    subject_id, drawn_at, days_after_start, is_baseline, cohort, treatment_started_on, cutoff_set, is_site_set, score,
    score_min, score_max, "group", reasons, is_near_cut, nlr_point, crp_point, il12_point, il2_point, crafity_min,
    crafity_max, marks, mark_reasons, is_certain, p_high, p_high_low, p_high_high, p_high_basis
from internal.score_by_visit;

create or replace view v1.score_component as
select
    subject_id, cutoff_set, component, point, value_op, value_text, unit, cut_text, comparator, is_at_cut,
    is_near_cut, flip_probability, reason, nlr_source
from internal.score_component;

create or replace view v1.score_input as
select
    subject_id, cohort, treatment_started_on, measure, value_op, value_text, unit, ci_low, ci_high, reason, detail,
    source_kind, source_key, specimen_id, collected_at, days_before_start, is_same_day_unordered, nlr_source,
    part_keys, plate_cv_pct, plate_cv_count
from internal.score_input;

create or replace view v1.score_limit as
select
    subject_id, measure, analyte, plate, plate_number, dilution_factor, kit_lots, unit, lloq, lowest_standard, uloq,
    status, run_id, assay_id
from internal.score_limit;

create or replace view v1.score_night as
select
    night_id
from internal.score_night;

create or replace view v1.score_setting as
select
    window_days, il12_analyte, il2_analyte, repeat_cv_pct, parallelism_pct, nlr_differs_pct, nlr_contradicts_pct,
    regimens, panels
from internal.score_setting;

create or replace view v1.score_side_by_side as
select
    subject_id, cohort, cutoff_set, score, score_min, score_max, "group", nlr_point, crp_point, il12_point, il2_point,
    every_set, group_count, il2_reading_matters
from internal.score_side_by_side;

create or replace view v1.score_taken_back as
select
    subject_id, measure, how, source_key, by_file_name, by_source_line, was_night_id, was_value_op, was_value_text,
    unit, was_group, was_score_min, was_score_max, value_op, value_text, reason, "group", score_min, score_max, is_new
from internal.score_taken_back;

create or replace view v1.scoring_assay as
select
    assay_id, run_id, panel
from internal.scoring_assay;

create or replace view v1.sent_lab as
select
    subject_id, row_count, words
from internal.sent_lab;

create or replace view v1.small_cell as
select
    cohort, cutoff_set, "group", patient_count
from internal.small_cell;

create or replace view v1.specimen_current as
select
    specimen_id, subject_id, collected_at, has_time, material, file_id, source_line, reason
from internal.specimen_current;

create or replace view v1.specimen_result as
select
    run_id, assay_id, plate, plate_number, specimen_id, analyte, value_op, value, unit, ci_low, ci_high,
    dilution_factor, wells, used_count, reading_count, excluded_count, excluded_because, dilution_count,
    dilution_difference_pct, is_not_parallel, is_contradictory, held_count
from internal.specimen_result;

create or replace view v1.standard_curve as
select
    run_id, assay_id, plate, plate_number, analyte, analyte_reported, method, method_version, model, response, coef_a,
    coef_b, coef_c, coef_d, coef_f, ec50, unit, r2, scale_pct, level_count, point_count, lowest_standard,
    highest_standard, lloq, uloq, lloq_reason, uloq_reason, lod, background_mfi, background_sd, passing_levels,
    is_converged, hook_level, status, reasons, steps, proposed_exclusions, lloq_recovery, uloq_recovery,
    lloq_precision, uloq_precision, kit_low, kit_high, required_levels, required_passing
from internal.standard_curve;

create or replace view v1.stray_lab as
select
    file_id, source_line, words
from internal.stray_lab;

create or replace view v1.subject_population as
select
    subject_id, regimen, is_of_regimen, other_lines, age, child_pugh, ecog, materials
from internal.subject_population;

create or replace view v1.subject_site as
select
    subject_id, site
from internal.subject_site;

create or replace view v1.subject_start as
select
    subject_id, cohort, regimen, started_at, has_time, started_on, reason, detail, file_id, source_line, start_count,
    line_number, is_of_regimen, other_lines, age, child_pugh, ecog
from internal.subject_start;

create or replace view v1.trend_alarm as
select
    plate, plate_number, analyte, metric, lot, rule, message, action, effect, run_id, started_at
from internal.trend_alarm;

create or replace view v1.trend_analyte_verdict as
select
    judgement_id, assay_id, run_id, plate_number, analyte, state, reasons, sentence, well_count, reportable_count
from internal.trend_analyte_verdict;

create or replace view v1.trend_baseline as
select
    analyte, metric, lot, instrument, method, kind, version, plate_count, mean, sd, limit_low, limit_high, first_at,
    last_at
from internal.trend_baseline;

create or replace view v1.trend_finding as
select
    assay_id, run_id, plate_number, analyte, metric, rule, severity, lot, instrument, observed, observed_text,
    limit_value, limit_text, effect, action, source, message, suite_hash, effect_of_rule, decision_id
from internal.trend_finding;

create or replace view v1.trend_judged as
select
    entry, rule, severity, judged_count, found_count, expected_false_alarms
from internal.trend_judged;

create or replace view v1.trend_judgement as
select
    assay_id, run_id, judgement_id
from internal.trend_judgement;

create or replace view v1.trend_night as
select
    night_id
from internal.trend_night;

create or replace view v1.trend_plate_verdict as
select
    judgement_id, assay_id, run_id, plate_number, state, sentence, analytes_passed, analytes_warned, analytes_failed,
    low_bead_wells, reportable_pct, expected_false_alarms
from internal.trend_plate_verdict;

create or replace view v1.trend_reading_state as
select
    judgement_id, assay_id, run_id, plate_number, well, analyte, qc_state, reportable, reasons
from internal.trend_reading_state;

create or replace view v1.twin as
select
    run_id, plate_number, twin_run_id, twin_plate_number, has_same_readings, is_same_plate
from internal.twin;

create or replace view v1.visit as
select
    subject_id, drawn_at, has_time, days_after_start, is_baseline, is_under_treatment, specimen_ids
from internal.visit;

create or replace view v1.visit_input as
select
    subject_id, drawn_at, cohort, treatment_started_on, measure, value_op, value_text, unit, ci_low, ci_high, reason,
    detail, source_kind, source_key, specimen_id, collected_at, days_before_start, is_same_day_unordered, nlr_source,
    part_keys, plate_cv_pct, plate_cv_count
from internal.visit_input;

create or replace view v1.visit_score as
select
    subject_id, drawn_at, cohort, treatment_started_on, cutoff_set, is_site_set, score, score_min, score_max, "group",
    reasons, is_near_cut, nlr_point, crp_point, il12_point, il2_point, crafity_min, crafity_max, marks, mark_reasons,
    is_certain, p_high, p_high_low, p_high_high, p_high_basis
from internal.visit_score;
