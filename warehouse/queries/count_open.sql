-- One row per kind of open item and whether results wait for it: how many things, and when the night began that found the oldest.
with
item as (from open_item),
begun as (select night_id as since_night, started_at from night)
select
    item.kind, item.blocks is not null as is_blocking, sum(item.item_count)::integer as items, min(begun.started_at) as since
from item
left join begun using (since_night)
group by all
order by all
