-- One row per treated subject with an anchor draw x assay measure: its plates combined by policy.
create or replace view main.draw_result as
select
    draw.subject_id, subject.cohort, -anchor.days_before_start as study_day, draw.measure, draw.analyte,
    draw.specimen_id, draw.value, draw.value_op, draw.value::varchar as value_text, $display as value_display,
    draw.unit, draw.ci_low, draw.ci_high, draw.reason, draw.plates, draw.plate_count, draw.used_plate_count,
    draw.reading_count, draw.used_count, draw.excluded_count, draw.excluded_because, draw.held_plates, draw.cv_pct,
    draw.lowest, draw.highest, draw.dilution_difference_pct, draw.source_key
from internal.draw_result as draw
left join internal.anchor_draw as anchor using (subject_id)
left join internal.subject_start as subject using (subject_id);

comment on view main.draw_result is 'one row per treated subject with an anchor draw x assay measure: its plates combined by policy';
comment on column main.draw_result.cohort is 'cohort';
comment on column main.draw_result.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.draw_result.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.draw_result.value_op is 'one of =, < and >; null where there is no value';
comment on column main.draw_result.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.draw_result.value_display is 'the value as people read it: < or > before it, four significant digits';
