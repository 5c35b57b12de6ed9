-- One row per reportable, quantified result of a specimen that was measured with more than one lot of a kit.
create or replace view main.bridge_result as
select
    bridge.specimen_id, owner.subject_id, owner.cohort, owner.study_day, bridge.analyte, bridge.value,
    '=' as value_op, bridge.value::varchar as value_text, $display as value_display, bridge.lot, bridge.instrument,
    bridge.kit, bridge.plate, bridge.plate_number, run_day.run_day, bridge.well, bridge.run_id, bridge.assay_id
from internal.bridge_result as bridge
left join internal.run_day as run_day using (run_id)
left join internal.specimen_owner as owner using (specimen_id);

comment on view main.bridge_result is 'one row per reportable, quantified result of a specimen that was measured with more than one lot of a kit';
comment on column main.bridge_result.cohort is 'cohort';
comment on column main.bridge_result.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.bridge_result.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.bridge_result.value_op is 'always =, since only quantified results are compared';
comment on column main.bridge_result.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.bridge_result.value_display is 'the value as people read it: < or > before it, four significant digits';
comment on column main.bridge_result.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
