-- One row per subject x laboratory measure of the latest night that has a value: how the laboratory sent it.
-- Laboratories differ in units and reference ranges, so this tells them apart whatever their files are called.
create or replace view lab_origin as
with
input as (from score_input where source_kind = 'lab' and reason is null),
imported as (select import_id from current_import),
lab as (
    select file_id || ':' || source_line as source_key, unit_reported, reference_text
    from store.clinical_lab
    join imported using (import_id)
)
select
    input.subject_id, input.measure,
    concat(
        coalesce(nullif(lab.unit_reported, ''), 'no unit'),
        case when lab.reference_text is null then '' else format(', range {}', lab.reference_text) end
    ) as sent_as
from input
join lab using (source_key);

comment on view lab_origin is 'one row per subject x laboratory measure of the latest night that has a value: how the laboratory sent it';
comment on column lab_origin.measure is 'neutrophils, lymphocytes, crp or afp';
comment on column lab_origin.sent_as is 'unit and reference range as sent';
