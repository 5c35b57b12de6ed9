-- One row per thing that waits for a person, as the latest night that looked found it; what a person put off is not here until its day.
create or replace view open_item as
with
checked as (from store.open_check),
found as (from store.open_item_found),
begun as (select night_id, started_at from store.night),
latest as (select arg_max(night_id, sequence) as night_id from checked)
select
    found.kind, found.object_kind, found.object_key, found.plate, found.run_id, found.subject_id, found.item_count,
    found.since_night, begun.started_at as since_at, found.blocks, found.what, found.remedy, found.command, found.position
from found
join latest using (night_id)
left join begun on begun.night_id = found.since_night;

comment on view open_item is 'one row per thing that waits for a person, as the latest night that looked found it';
comment on column open_item.since_at is 'when that night began, UTC';
comment on column open_item.position is 'order: those that keep a result back first';
