-- One row per clinical laboratory row of a current import: every version as sent and as converted.
create or replace view clinical_lab as
with
imported as (select import_id, name from current_import),
lab as (from store.clinical_lab),
started as (select subject_id, started_on from subject_start),
current_version as (
    select file_id, source_line, true as is_current
    from lab_current
    where reason is null
)
select
    lab.subject_id, lab.specimen_id, lab.code, lab.code_system, lab.analyte, lab.value_reported, lab.unit_reported,
    lab.value_op, lab.value_text, lab.unit, lab.factor_text, lab.status, lab.collected_at, lab.has_time,
    date_diff('day', started.started_on, lab.collected_at::date) as study_day, lab.resulted_at,
    lab.reference_text, lab.reason, lab.detail, lab.order_id, lab.fhir_id, lab.version, lab.updated_at, lab.site,
    coalesce(current_version.is_current, false) as is_current,
    lab.file_id, imported.name as file_name, lab.source_line
from lab
join imported using (import_id)
left join started on started.subject_id = lab.subject_id
left join current_version
    on current_version.file_id = lab.file_id and current_version.source_line = lab.source_line;

comment on view clinical_lab is 'one row per clinical laboratory row of a current import: every version as sent and as converted';
comment on column clinical_lab.study_day is 'day of the collection; 0 is the day of the first dose, negative before; null where no start is known';
comment on column clinical_lab.is_current is 'the version that counts for its specimen and analyte';
comment on column clinical_lab.file_name is 'name of the file as dropped';
