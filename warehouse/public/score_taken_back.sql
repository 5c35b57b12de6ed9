-- One row per subject x measure of the latest night that an earlier night had scored from a laboratory row which has been taken back or replaced since.
create or replace view main.score_taken_back as
select
    taken.subject_id, scored.cohort, scored.study_day, taken.measure, taken.how, taken.source_key, taken.by_file_name,
    taken.by_source_line, taken.was_night_id, try_cast(taken.was_value_text as double) as was_value,
    taken.was_value_op, taken.was_value_text, taken.was_group as was_pbis_group, taken.was_score_min,
    taken.was_score_max, try_cast(taken.value_text as double) as value, taken.value_op, taken.value_text,
    $display as value_display, taken.unit, taken.reason, taken."group" as pbis_group, taken.score_min,
    taken.score_max, taken.is_new
from internal.score_taken_back as taken
left join internal.scored_subject as scored using (subject_id);

comment on view main.score_taken_back is 'one row per subject x measure of the latest night that an earlier night had scored from a laboratory row which has been taken back or replaced since';
comment on column main.score_taken_back.cohort is 'cohort';
comment on column main.score_taken_back.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
comment on column main.score_taken_back.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.score_taken_back.value_op is 'one of =, <, <=, > and >=; null where there is no value';
comment on column main.score_taken_back.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.score_taken_back.value_display is 'the value as people read it: < or > before it, four significant digits';
comment on column main.score_taken_back.pbis_group is 'high, low, indeterminate or not_scored';
comment on column main.score_taken_back.was_value is 'number that the earlier night took, in unit';
comment on column main.score_taken_back.was_pbis_group is 'group of that night';
