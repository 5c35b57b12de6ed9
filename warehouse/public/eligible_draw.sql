-- One row per specimen of a subject: whether its draw may give the cytokines of a score, and why not.
create or replace view main.eligible_draw as
select
    draw.subject_id, subject.cohort, -draw.days_before_start as study_day, draw.specimen_id, draw.material,
    draw.window_state, draw.is_eligible, draw.is_same_day_unordered, draw.is_assayed, draw.reason
from internal.eligible_draw as draw
left join internal.subject_start as subject using (subject_id);

comment on view main.eligible_draw is 'one row per specimen of a subject: whether its draw may give the cytokines of a score, and why not';
comment on column main.eligible_draw.cohort is 'cohort';
comment on column main.eligible_draw.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
