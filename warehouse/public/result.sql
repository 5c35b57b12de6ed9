-- One row per sample well x analyte whose value may be reported.
create or replace view main.result as
select
    result.subject_id, subject.cohort, result.study_day, result.specimen_id, result.analyte,
    coalesce(result.value_num, result.value_bound) as value, result.value_op, value::varchar as value_text,
    $display as value_display, result.unit, result.ci_low, result.ci_high, result.ci_shared, result.status,
    result.lloq, result.uloq, result.dilution_factor, result.mfi, result.bead_count, result.replicate_cv_pct,
    result.qc_state, result.reasons, result.plate, result.plate_number, result.well, result.sample_label,
    result.replicate_group, result.bead_region, result.file_name, result.source_line, result.method,
    result.method_version, result.run_id, result.assay_id
from internal.result as result
left join internal.subject_start as subject using (subject_id);

comment on view main.result is 'one row per sample well x analyte whose value may be reported';
comment on column main.result.cohort is 'cohort';
comment on column main.result.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.result.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.result.value_op is 'one of =, < and >; null where there is no value';
comment on column main.result.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.result.value_display is 'the value as people read it: < or > before it, four significant digits';
