-- One row per subject of the latest night: the cohort, and the day of the draw that the score rests on.
-- Where no draw counts, the input tells of the one that came nearest to it, and why it does not: its day is none of the score.
create or replace view scored_subject as
with
input as (from score_input)
select
    subject_id, min(cohort) as cohort,
    -min(days_before_start) filter (
        source_kind = 'assay' and coalesce(reason not in ('outside_window', 'identity_conflict'), true)
        and coalesce(reason <> 'duplicate_conflict' or detail not like '% cannot be used: duplicate_conflict', true)
    ) as study_day
from input
group by subject_id;

comment on view scored_subject is 'one row per subject of the latest night: the cohort, and the day of the draw that the score rests on';
comment on column scored_subject.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
