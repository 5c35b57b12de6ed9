-- One row per treated subject x draw whose cytokines count: the baseline that the score takes, and every other draw that a plate holds.
create or replace view main.visit as
with
visit as (
    select visit.*, subject.cohort, dense_rank() over (partition by subject_id order by drawn_at) as draw_number
    from internal.visit as visit
    left join internal.subject_start as subject using (subject_id)
)
select
    visit.subject_id, visit.cohort, visit.days_after_start as study_day, visit.draw_number, visit.is_baseline,
    visit.is_under_treatment, visit.specimen_ids
from visit;

comment on view main.visit is 'one row per treated subject x draw whose cytokines count: the baseline that the score takes, and every other draw that a plate holds';
comment on column main.visit.cohort is 'cohort';
comment on column main.visit.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.visit.draw_number is '1 for the first draw of the subject, 2 for the next';
