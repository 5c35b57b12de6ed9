-- One row per plate of a current run of which a person rejected, or ordered to be run again, an earlier export with other readings, while that stands.
create or replace view kept_back_plate as
with
earlier as (from earlier_export),
event as (
    select event.sequence, event.kind, event.plate_content, event.plate_number
    from store.decision as event
    anti join (select reverses from store.decision where kind = 'reverse') as reversal on reversal.reverses = event.sequence
    where event.kind in ('reject', 'repeat') and not coalesce(starts_with(event.told, '{"answered_by"'), false)
),
settled as (from excluded_plate)
select run.run_id, event.plate_number, max(event.sequence) as decided_by, arg_max(event.kind, event.sequence) as kind
from current_run as run
join earlier on earlier.run_id = run.run_id
join event on event.plate_content in (earlier.earlier_run_id, earlier.earlier_content)
anti join settled on settled.run_id = run.run_id and settled.plate_number = event.plate_number
where event.plate_content is distinct from run.content_hash
group by run.run_id, event.plate_number;

comment on view kept_back_plate is 'one row per plate of a current run of which a person rejected, or ordered to be run again, an earlier export with other readings, while that stands';
comment on column kept_back_plate.plate_number is 'plate within the batch, from 1';
comment on column kept_back_plate.decided_by is 'sequence of that decision, the latest where there are several';
comment on column kept_back_plate.kind is 'what it was: reject or repeat';
