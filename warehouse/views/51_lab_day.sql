-- One row per clinical laboratory row of a current import whose subject has a start: on which day of the treatment it was drawn.
create or replace view lab_day as
with
imported as (select import_id from current_import),
started as (select subject_id, started_on from subject_start where started_on is not null),
lab as (select import_id, file_id, source_line, subject_id, collected_at from store.clinical_lab)
select lab.file_id, lab.source_line, date_diff('day', started.started_on, lab.collected_at::date) as study_day
from lab
join imported using (import_id)
join started using (subject_id);

comment on view lab_day is 'one row per clinical laboratory row of a current import whose subject has a start: on which day of the treatment it was drawn';
comment on column lab_day.study_day is 'day of the draw; 0 is the day of the first dose, negative before';
