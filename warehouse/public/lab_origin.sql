-- One row per subject x laboratory measure of the latest night that has a value: how the laboratory sent it.
create or replace view main.lab_origin as
select
    origin.subject_id, scored.cohort, scored.study_day, origin.measure, origin.sent_as
from internal.lab_origin as origin
left join internal.scored_subject as scored using (subject_id);

comment on view main.lab_origin is 'one row per subject x laboratory measure of the latest night that has a value: how the laboratory sent it';
comment on column main.lab_origin.cohort is 'cohort';
comment on column main.lab_origin.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
