-- One row per subject x cut-off set x component of the latest night: the value, the cut and the point.
create or replace view main.score_component as
select
    component.subject_id, scored.cohort, scored.study_day, component.cutoff_set, component.component, component.point,
    try_cast(component.value_text as double) as value, component.value_op, component.value_text,
    $display as value_display, component.unit, try_cast(component.cut_text as double) as cut, component.cut_text,
    component.comparator, component.is_at_cut, component.is_near_cut, component.flip_probability, component.reason,
    component.nlr_source
from internal.score_component as component
left join internal.scored_subject as scored using (subject_id);

comment on view main.score_component is 'one row per subject x cut-off set x component of the latest night: the value, the cut and the point';
comment on column main.score_component.cohort is 'cohort';
comment on column main.score_component.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
comment on column main.score_component.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.score_component.value_op is 'one of =, <, <=, > and >=; null where there is no value';
comment on column main.score_component.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.score_component.value_display is 'the value as people read it: < or > before it, four significant digits';
comment on column main.score_component.cut is 'the cut-off, in unit';
