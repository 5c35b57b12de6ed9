-- One row per plate of a current run x standing decision by which a person rejected, ordered to be run again, or excluded in whole or in part an earlier
-- export of it with other readings, where nothing alike was said of this one. Of twins view twin asks.
create or replace view kept_back as
with
earlier as (from earlier_export),
event as (
    select
        event.sequence, event.kind, event.plate_content, event.plate_number, event.well, event.replicate_group, event.analyte, event.cause
    from store.decision as event
    anti join (select reverses from store.decision where kind = 'reverse') as reversal on reversal.reverses = event.sequence
    where event.kind in ('reject', 'repeat', 'exclude') and not coalesce(starts_with(event.told, '{"answered_by"'), false)
),
run as (select run_id, content_hash from current_run),
settled as (from excluded_plate),
said as (
    select run.run_id, event.plate_number, event.well, event.replicate_group, event.analyte
    from run
    join event on event.plate_content in (run.run_id, run.content_hash)
    where event.kind = 'exclude'
)
select distinct run.run_id, event.plate_number, event.sequence, event.kind
from run
join earlier on earlier.run_id = run.run_id
join event on event.plate_content in (earlier.earlier_run_id, earlier.earlier_content)
anti join settled on settled.run_id = run.run_id and settled.plate_number = event.plate_number
anti join said
    on said.run_id = run.run_id and said.plate_number = event.plate_number and event.kind = 'exclude'
    and (said.well is null or said.well = event.well)
    and (said.replicate_group is null or said.replicate_group = event.replicate_group)
    and (said.analyte is null or said.analyte = event.analyte)
where event.plate_content is distinct from run.content_hash and (event.kind <> 'exclude' or event.cause is distinct from 'twin');

comment on view kept_back is 'one row per plate of a current run x standing decision by which a person took an earlier export of it with other readings out, in whole or in part, where nothing alike was said of this one';
comment on column kept_back.plate_number is 'plate within the batch, from 1';
comment on column kept_back.kind is 'reject, repeat or exclude';
