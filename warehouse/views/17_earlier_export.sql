-- One row per current run x earlier export of its plate that it replaced, itself or by way of others.
create or replace view earlier_export as
with recursive
supersession as (select run_id, superseded_by from store.supersession),
replaced as (
    select superseded_by as run_id, run_id as earlier_run_id from supersession
    union
    select replaced.run_id, older.run_id
    from replaced
    join supersession as older on older.superseded_by = replaced.earlier_run_id
),
content as (select run_id, content_hash from store.run),
run as (from current_run)
select
    run.run_id, earlier.run_id as earlier_run_id, coalesce(earlier.content_hash, earlier.run_id) as earlier_content,
    earlier.content_hash is distinct from run.content_hash or run.content_hash is null as has_other_readings
from run
join replaced on replaced.run_id = run.run_id
join content as earlier on earlier.run_id = replaced.earlier_run_id;

comment on view earlier_export is 'one row per current run x earlier export of its plate that it replaced';
comment on column earlier_export.earlier_run_id is 'run_id of the export that was replaced';
comment on column earlier_export.earlier_content is 'what decisions call its plates: content hash of its readings, or run_id where it has none';
comment on column earlier_export.has_other_readings is 'its readings are not those of the export that stands';
