-- One row per plate of an export that a newer export of it replaced, where medians of the two differ.
create or replace view reexport_change as
with
supersession as (select run_id, superseded_by from store.supersession),
-- Read once for each side: of one that is named twice DuckDB keeps all of the archive's readings in memory (1.5).
later as (
    select run_id, plate_number, well, analyte_reported, mfi
    from store.reading
    where run_id in (select superseded_by from supersession)
),
earlier as (
    select run_id, plate_number, well, analyte_reported, mfi
    from store.reading
    where run_id in (select run_id from supersession)
),
run as (select run_id, file_name from store.run),
compared as (
    select
        supersession.superseded_by as run_id, supersession.run_id as earlier_run_id, later.plate_number,
        count(*) as reading_count, count(*) filter (later.mfi is distinct from earlier.mfi) as changed_count,
        count(distinct later.well) filter (later.mfi is distinct from earlier.mfi) as well_count,
        min(later.well || ' ' || later.analyte_reported) filter (later.mfi is distinct from earlier.mfi) as first_changed
    from supersession
    join later on later.run_id = supersession.superseded_by
    join earlier
        on earlier.run_id = supersession.run_id and earlier.plate_number = later.plate_number
        and earlier.well = later.well and earlier.analyte_reported = later.analyte_reported
    group by all
)
select
    compared.run_id, compared.earlier_run_id, compared.plate_number, run.file_name, earlier.file_name as earlier_file_name,
    compared.changed_count, compared.reading_count, compared.well_count, compared.first_changed,
    printf('%s: %d of %d medians (%d wells, the first %s) differ from the earlier export %s of the same plate, which it replaces',
        run.file_name, compared.changed_count, compared.reading_count, compared.well_count, compared.first_changed,
        earlier.file_name) as message
from compared
join run using (run_id)
join run as earlier on earlier.run_id = compared.earlier_run_id
where compared.changed_count > 0;

comment on view reexport_change is 'one row per plate of an export that a newer export of it replaced, where medians of the two differ';
comment on column reexport_change.earlier_run_id is 'run_id of the export that was replaced';
comment on column reexport_change.earlier_file_name is 'its file name';
comment on column reexport_change.changed_count is 'medians that differ, one of them missing included';
comment on column reexport_change.reading_count is 'medians that both exports have a row for';
comment on column reexport_change.well_count is 'wells with such a median';
comment on column reexport_change.first_changed is 'the first of them: well and analyte';
comment on column reexport_change.message is 'the same in a sentence';
