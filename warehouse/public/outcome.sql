-- One row per subject with a recorded outcome; the newest file that names the subject decides.
create or replace view main.outcome as
select
    outcome.subject_id, subject.cohort, scored.study_day, outcome.os_months, outcome.is_dead, outcome.pfs_months,
    outcome.is_progressed, outcome.best_response, outcome.reason, outcome.detail, outcome.file_id, outcome.source_line
from internal.outcome as outcome
left join internal.subject_start as subject using (subject_id)
left join internal.scored_subject as scored using (subject_id);

comment on view main.outcome is 'one row per subject with a recorded outcome; the newest file that names the subject decides';
comment on column main.outcome.cohort is 'cohort';
comment on column main.outcome.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
