-- One row per subject x measure that the score takes although a rule of plausibility doubts it.
create or replace view main.implausible_value as
select
    doubted.subject_id, scored.cohort, scored.study_day, doubted.measure, doubted.observed_text, doubted.limit_text
from internal.implausible_value as doubted
left join internal.scored_subject as scored using (subject_id);

comment on view main.implausible_value is 'one row per subject x measure that the score takes although a rule of plausibility doubts it';
comment on column main.implausible_value.cohort is 'cohort';
comment on column main.implausible_value.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
