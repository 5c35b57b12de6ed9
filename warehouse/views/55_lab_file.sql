-- One row per laboratory file: what became of each of its rows, and the words that its map does not know.
-- Every row is used, or has a reason (clinical_lab), or was refused alone and lies in quarantine.
create or replace view lab_file as
with
imported as (from current_import where kind = 'labs'),
loaded as (select import_id, refused_count from store.clinical_import),
unmapped as (from store.lab_unmapped),
fhir as (select import_id, known_count from store.fhir_file),
lab as (from clinical_lab),
by_reason as (
    select file_id, reason, count(*) as row_count
    from lab
    group by all
),
counted as (
    select
        file_id, sum(row_count)::bigint as row_count,
        coalesce(sum(row_count) filter (reason is null), 0)::bigint as used_count,
        string_agg(format('{}: {}', reason, row_count), '; ' order by row_count desc, reason) as reasons
    from by_reason
    group by file_id
),
left_over as (
    select
        import_id,
        string_agg(word, '; ' order by row_count desc, word) filter (kind = 'code') as unmapped_codes,
        string_agg(word, '; ' order by row_count desc, word) filter (kind = 'unit') as unmapped_units,
        string_agg(word, '; ' order by row_count desc, word) filter (kind = 'status') as unmapped_statuses
    from (select import_id, kind, row_count, format('{}: {}', if(sent = '', '(none)', sent), row_count) as word from unmapped)
    group by import_id
)
select
    imported.file_id, imported.kind, imported.name as file_name,
    coalesce(counted.row_count, 0) + coalesce(loaded.refused_count, 0) as row_count,
    coalesce(counted.used_count, 0) as used_count,
    coalesce(counted.row_count - counted.used_count, 0) as unused_count,
    coalesce(loaded.refused_count, 0) as refused_count,
    coalesce(fhir.known_count, 0) as known_count,
    counted.reasons, left_over.unmapped_codes, left_over.unmapped_units, left_over.unmapped_statuses
from imported
join loaded using (import_id)
left join fhir using (import_id)
left join counted using (file_id)
left join left_over using (import_id);

comment on view lab_file is 'one row per laboratory file: what became of each of its rows, and the words that its map does not know';
comment on column lab_file.file_name is 'name of the file as dropped';
comment on column lab_file.row_count is 'rows of the file: used, not used and refused alone; a refused message or line counts as one';
comment on column lab_file.used_count is 'rows that count, or say the same as one that counts';
comment on column lab_file.unused_count is 'rows that do not; each has its reason in clinical_lab';
comment on column lab_file.refused_count is 'rows, lines or messages that were refused alone and lie in quarantine';
comment on column lab_file.known_count is 'lines of a FHIR file that stood already by an earlier file, and are counted there';
comment on column lab_file.reasons is 'reasons of the rows that are not used with their counts, joined by ''; ''';
comment on column lab_file.unmapped_codes is 'codes that are in no table and not in the site''s labs map, with their rows, joined by ''; ''; by kind and hash in a release';
comment on column lab_file.unmapped_units is 'units that are not understood for their analyte, with their rows; by kind and hash in a release';
comment on column lab_file.unmapped_statuses is 'status words that the labs map does not know, with their rows; by kind and hash in a release';
