-- One row per specimen of a current specimen table: whose it is, and on which day of the treatment it was drawn.
create or replace view main.specimen_current as
select
    specimen.subject_id, owner.cohort, owner.study_day, specimen.specimen_id, specimen.material, specimen.reason,
    specimen.file_id, specimen.source_line
from internal.specimen_current as specimen
left join internal.specimen_owner as owner using (specimen_id);

comment on view main.specimen_current is 'one row per specimen of a current specimen table: whose it is, and on which day of the treatment it was drawn';
comment on column main.specimen_current.cohort is 'cohort';
comment on column main.specimen_current.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
