-- One row per sample well x analyte whose value may be reported.
create or replace view result as
with
result_all as (from result_all)
select
    run_id, file_name, source_line, assay_id, plate, plate_number, well, sample_label, replicate_group, specimen_id,
    subject_id, collected_at, study_day, analyte, bead_region, value_num, value_op, value_bound, value_reported, unit, ci_low, ci_high,
    status, lloq, uloq, dilution_factor, mfi, bead_count, replicate_cv_pct, qc_state, reasons, method, method_version, ci_shared
from result_all
where reportable;

comment on view result is 'one row per sample well x analyte whose value may be reported';
