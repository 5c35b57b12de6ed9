-- One row per subject x measure that the score takes although a rule of plausibility doubts it: what was found, and the limit.
create or replace view implausible_value as
with
input as (from pbis_input where reason is null),
imported as (select import_id from current_import),
lab_doubt as (
    select file_id || ':' || source_line as source_key, observed_text, limit_text
    from store.lab_finding
    join imported using (import_id)
    where rule = 'lab_plausibility'
),
assay_doubt as (
    select assay_id || ':' || plate_number || ':' as plate_key, well, analyte, observed_text, limit_text
    from qc_flag
    where rule = 'plausibility' and well is not null and effect = 'flag'
),
lab_row as (
    select subject_id, measure, unnest(string_split(concat_ws(';', source_key, part_keys), ';')) as source_key
    from input
    where source_kind = 'lab'
),
assay_row as (
    select subject_id, measure, unnest(string_split(source_key, ';')) as source_key
    from input
    where source_kind = 'assay'
),
doubted as (
    select lab_row.subject_id, lab_row.measure, lab_doubt.observed_text, lab_doubt.limit_text
    from lab_row
    join lab_doubt on lab_doubt.source_key = lab_row.source_key
    union all
    select assay_row.subject_id, assay_row.measure, assay_doubt.observed_text, assay_doubt.limit_text
    from assay_row
    join assay_doubt
        on starts_with(assay_row.source_key, assay_doubt.plate_key) and ends_with(assay_row.source_key, ':' || assay_doubt.analyte)
        and list_contains(string_split(split_part(assay_row.source_key, ':', 3), ','), assay_doubt.well)
)
select
    subject_id, measure, string_agg(distinct observed_text, ', ' order by observed_text) as observed_text,
    min(limit_text) as limit_text
from doubted
group by subject_id, measure;

comment on view implausible_value is 'one row per subject x measure that the score takes although a rule of plausibility doubts it';
comment on column implausible_value.measure is 'neutrophils, lymphocytes, crp, il12, il2 or afp';
comment on column implausible_value.observed_text is 'what was found, in words';
comment on column implausible_value.limit_text is 'what is plausible, in words';
