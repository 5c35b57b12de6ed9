-- One row per subject x measure of the latest night: what its scores were computed from.
create or replace view main.score_input as
select
    input.subject_id, input.cohort, -input.days_before_start as study_day, input.measure,
    try_cast(input.value_text as double) as value, input.value_op, input.value_text, $display as value_display,
    input.unit, input.ci_low, input.ci_high, input.reason, input.detail, input.source_kind, input.source_key,
    input.specimen_id, input.is_same_day_unordered, input.nlr_source, input.part_keys, input.plate_cv_pct,
    input.plate_cv_count
from internal.score_input as input;

comment on view main.score_input is 'one row per subject x measure of the latest night: what its scores were computed from';
comment on column main.score_input.cohort is 'cohort';
comment on column main.score_input.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.score_input.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.score_input.value_op is 'one of =, <, <=, > and >=; null where there is no value';
comment on column main.score_input.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.score_input.value_display is 'the value as people read it: < or > before it, four significant digits';
