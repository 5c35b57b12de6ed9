-- One row per specimen x analyte x current plate: the dilution that counts.
create or replace view main.specimen_result as
select
    owner.subject_id, owner.cohort, owner.study_day, result.specimen_id, result.analyte, result.value,
    result.value_op, result.value::varchar as value_text, $display as value_display, result.unit, result.ci_low,
    result.ci_high, result.dilution_factor, result.wells, result.used_count, result.reading_count,
    result.excluded_count, result.excluded_because, result.held_count, result.other_dilution_count, result.dilution_count,
    result.dilution_difference_pct, result.is_not_parallel, result.is_contradictory, result.plate,
    result.plate_number, result.run_id, result.assay_id
from internal.specimen_result as result
left join internal.specimen_owner as owner using (specimen_id);

comment on view main.specimen_result is 'one row per specimen x analyte x current plate: the dilution that counts';
comment on column main.specimen_result.cohort is 'cohort';
comment on column main.specimen_result.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.specimen_result.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.specimen_result.value_op is 'one of =, < and >; null where there is no value';
comment on column main.specimen_result.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.specimen_result.value_display is 'the value as people read it: < or > before it, four significant digits';
comment on column main.specimen_result.subject_id is 'study id of the specimen; null where none or more than one is known';
