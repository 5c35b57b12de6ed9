-- One row per current run x plate that a person has excluded as a whole, rejected or ordered to be run again, while that decision stands.
create or replace view excluded_plate as
with
event as (from store.decision),
run as (from current_run)
select distinct run.run_id, event.plate_number
from event
anti join (select reverses from event where kind = 'reverse') as reversal on reversal.reverses = event.sequence
join run on event.plate_content in (run.run_id, run.content_hash)
where event.kind in ('exclude', 'reject', 'repeat') and event.well is null and event.replicate_group is null and event.analyte is null
    and not coalesce(starts_with(event.told, '{"answered_by"'), false);  -- names the plate that was run instead

comment on view excluded_plate is 'one row per current run x plate that a person has excluded as a whole';
comment on column excluded_plate.plate_number is 'plate within the batch, from 1';
