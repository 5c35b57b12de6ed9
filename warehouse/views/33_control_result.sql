-- One row per control well x analyte of every current assay, beside what the kit promises.
-- The range is as the export or the kit's lot sheet writes it, in unit_reported.
create or replace view control_result as
with
result_all as (from result_all),
well as (select assay_id, plate_number, well, reagent_label from store.well),
reagent as (from reagent_used where reagent_kind = 'qc_control')
select
    result_all.run_id, result_all.assay_id, result_all.plate, result_all.plate_number, result_all.well,
    well.reagent_label, result_all.analyte, result_all.value_num, result_all.value_op, result_all.value_reported,
    result_all.unit, result_all.expected_concentration, result_all.recovery_pct, reagent.range_low, reagent.range_high,
    result_all.result_reported, result_all.unit_reported,
    result_all.result_reported between reagent.range_low and reagent.range_high as is_reported_in_range,
    result_all.mfi, result_all.bead_count, result_all.replicate_cv_pct, result_all.qc_state, result_all.reasons,
    result_all.source_line
from result_all
join well
    on well.assay_id = result_all.assay_id and well.plate_number = result_all.plate_number and well.well = result_all.well
left join reagent
    on reagent.run_id = result_all.run_id and reagent.reagent_label = well.reagent_label
    and reagent.analyte_reported = result_all.analyte_reported
where result_all.well_role = 'qc_control';

comment on view control_result is 'one row per control well x analyte of every current assay, beside what the kit promises';
comment on column control_result.reagent_label is 'label of the control';
comment on column control_result.is_reported_in_range is 'the instrument''s own Result lies within the kit''s range';
