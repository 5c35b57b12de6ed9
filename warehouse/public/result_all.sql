-- One row per well x analyte of every current assay, standards and controls included, with the verdict on it, its limits and its source line.
create or replace view main.result_all as
select
    result.subject_id, subject.cohort, result.study_day, result.specimen_id, result.well_role, result.analyte,
    coalesce(result.value_num, result.value_bound) as value, result.value_op, value::varchar as value_text,
    $display as value_display, result.unit, result.ci_low, result.ci_high, result.ci_shared, result.status,
    result.reportable, result.lloq, result.uloq, result.dilution_factor, result.mfi, result.net_mfi,
    result.bead_count, result.replicate_cv_pct, result.recovery_pct, result.standard_level,
    result.expected_concentration, result.qc_state, result.reasons, result.plate, result.plate_number, result.well,
    result.sample_label, result.replicate_group, result.analyte_reported, result.bead_region, result.file_name,
    result.source_line, result.net_mfi_reported, result.result_reported, result.result_reported_op,
    result.result_reported_text, result.unit_reported, result.method, result.method_version, result.run_id,
    result.assay_id
from internal.result_all as result
left join internal.subject_start as subject using (subject_id);

comment on view main.result_all is 'one row per well x analyte of every current assay, standards and controls included, with the verdict on it, its limits and its source line';
comment on column main.result_all.cohort is 'cohort';
comment on column main.result_all.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.result_all.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.result_all.value_op is 'one of =, < and >; null where there is no value';
comment on column main.result_all.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.result_all.value_display is 'the value as people read it: < or > before it, four significant digits';
