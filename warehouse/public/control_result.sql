-- One row per control well x analyte of every current assay, beside what the kit promises.
create or replace view main.control_result as
select
    control.plate, control.plate_number, control.well, control.reagent_label, control.analyte,
    coalesce(control.value_num, try_cast(ltrim(control.value_reported, '<>') as double)) as value,
    control.value_op, value::varchar as value_text, $display as value_display, control.unit,
    control.expected_concentration, control.recovery_pct, control.range_low, control.range_high,
    control.result_reported, control.unit_reported, control.is_reported_in_range, control.mfi, control.bead_count,
    control.replicate_cv_pct, control.qc_state, control.reasons, control.source_line, control.run_id, control.assay_id
from internal.control_result as control;

comment on view main.control_result is 'one row per control well x analyte of every current assay, beside what the kit promises';
comment on column main.control_result.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.control_result.value_op is 'one of =, < and >; null where there is no value';
comment on column main.control_result.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.control_result.value_display is 'the value as people read it: < or > before it, four significant digits';
