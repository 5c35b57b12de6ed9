-- One row per clinical file: the import that stands for it.
create or replace view current_import as
with
selection as (from store.import_selection),
imported as (from store.clinical_import),
file as (from store.clinical_file),
said as (from saying_current),
latest as (
    select file_id, arg_max(import_id, sequence) as import_id
    from selection
    group by file_id
)
select
    imported.import_id, imported.file_id, file.kind, file.name, imported.sequence, imported.imported_at,
    imported.linkage_hash, imported.settings_hash, imported.code_version, imported.row_count,
    coalesce(said.wording_hash, imported.wording_hash) as wording_hash
from latest
join imported using (import_id)
join file on file.file_id = imported.file_id
left join said on said.owner_id = imported.import_id;

comment on view current_import is 'one row per clinical file: the import that stands for it';
comment on column current_import.kind is 'layouts, lot_sheets, specimens, labs, treatments, outcomes or worklists';
comment on column current_import.name is 'name of the file as dropped';
comment on column current_import.sequence is 'order of the imports, from 1';
comment on column current_import.code_version is 'version of this program';
comment on column current_import.wording_hash is 'sha256 over the sentences of the suite that its findings speak with today; null before it was kept';
