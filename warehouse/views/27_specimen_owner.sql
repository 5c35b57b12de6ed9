-- One row per specimen that is of one subject: whose it is, and on which day of the treatment it was drawn.
create or replace view specimen_owner as
with
specimen as (from specimen_current where reason is null or reason <> 'identity_conflict'),
subject as (select subject_id, cohort, started_on from subject_start)
select
    specimen.specimen_id, specimen.subject_id, subject.cohort,
    date_diff('day', subject.started_on, specimen.collected_at::date) as study_day
from specimen
left join subject using (subject_id);

comment on view specimen_owner is 'one row per specimen that is of one subject: whose it is, and on which day of the treatment it was drawn';
comment on column specimen_owner.study_day is 'day of the collection; 0 is the day of the first dose, negative before; null where no start is known';
