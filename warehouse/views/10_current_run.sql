-- One row per run that no newer export of its plate supersedes.
create or replace view current_run as
with
run as (from store.run),
superseded as (select distinct run_id from store.supersession)
select
    run.run_id, run.sequence, run.night_id, run.loaded_at, run.plate_key, run.content_hash, run.file_name, run.byte_count,
    run.format, run.program, run.software_version, run.instrument_type, run.instrument_serial, run.batch,
    run.protocol_name, run.protocol_version, run.plate_type, run.plate_count, run.analysis_mode, run.exported_at,
    run.started_at, run.stopped_at, run.is_resaved, run.crc_state
from run
anti join superseded using (run_id);

comment on view current_run is 'one row per run that no newer export of its plate supersedes';
comment on column current_run.sequence is 'order of loading, from 1';
comment on column current_run.night_id is 'night that loaded the run';
comment on column current_run.started_at is 'start of the batch, instrument wall time';
