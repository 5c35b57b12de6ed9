-- One row per plate of a current run of which a person rejected, or ordered to be run again, an earlier export with other readings, while that stands.
create or replace view kept_back_plate as
with recursive
supersession as (select run_id, superseded_by from store.supersession),
replaced as (
    select superseded_by as run_id, run_id as earlier_run_id from supersession
    union
    select replaced.run_id, older.run_id
    from replaced
    join supersession as older on older.superseded_by = replaced.earlier_run_id
),
event as (
    select event.sequence, event.kind, event.plate_content, event.plate_number
    from store.decision as event
    anti join (select reverses from store.decision where kind = 'reverse') as reversal on reversal.reverses = event.sequence
    where event.kind in ('reject', 'repeat') and not coalesce(starts_with(event.told, '{"answered_by"'), false)
),
content as (select run_id, content_hash from store.run),
settled as (from excluded_plate)
select run.run_id, event.plate_number, max(event.sequence) as decided_by, arg_max(event.kind, event.sequence) as kind
from current_run as run
join replaced on replaced.run_id = run.run_id
join content as earlier on earlier.run_id = replaced.earlier_run_id
join event on event.plate_content in (earlier.run_id, earlier.content_hash)
anti join settled on settled.run_id = run.run_id and settled.plate_number = event.plate_number
where event.plate_content is distinct from run.content_hash
group by run.run_id, event.plate_number;

comment on view kept_back_plate is 'one row per plate of a current run of which a person rejected, or ordered to be run again, an earlier export with other readings, while that stands';
comment on column kept_back_plate.plate_number is 'plate within the batch, from 1';
comment on column kept_back_plate.decided_by is 'sequence of that decision, the latest where there are several';
comment on column kept_back_plate.kind is 'what it was: reject or repeat';
