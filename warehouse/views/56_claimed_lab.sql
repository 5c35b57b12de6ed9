-- One row per subject x laboratory analyte of which a result came whose record number may be the subject's, or another's.
create or replace view claimed_lab as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab)
select distinct unnest(string_split(lab.candidates, ';')) as subject_id, lab.analyte as measure
from lab
join imported using (import_id)
where lab.subject_id is null and lab.candidates is not null and lab.analyte is not null;

comment on view claimed_lab is 'one row per subject x laboratory analyte of which a result came whose record number may be the subject''s, or another''s';
comment on column claimed_lab.measure is 'laboratory analyte';
