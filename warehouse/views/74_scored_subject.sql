-- One row per subject of the latest night: the cohort, and the day of the draw that the score rests on.
create or replace view scored_subject as
with
input as (from score_input)
select
    subject_id, min(cohort) as cohort,
    -min(days_before_start) filter (source_kind = 'assay') as study_day
from input
group by subject_id;

comment on view scored_subject is 'one row per subject of the latest night: the cohort, and the day of the draw that the score rests on';
comment on column scored_subject.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
