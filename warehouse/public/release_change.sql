-- One row per change of a release against the one before it x cause.
create or replace view main.release_change as
select
    change.release_before, change.release_after, change.subject_id, scored.cohort, scored.study_day, change.what,
    change.before, change.after, change.cause_kind, change.cause_key, change.run_id, change.plate_number
from internal.release_change as change
left join internal.scored_subject as scored using (subject_id);

comment on view main.release_change is 'one row per change of a release against the one before it x cause';
comment on column main.release_change.cohort is 'cohort';
comment on column main.release_change.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
