-- One row per thing that waits for a person, as the latest night that looked found it.
create or replace view main.open_item as
select
    item.position, item.kind, item.object_kind, item.object_key, item.plate, item.subject_id, scored.cohort,
    scored.study_day, item.item_count, item.since_night, item.blocks, item.what, item.remedy, item.run_id
from internal.open_item as item
left join internal.scored_subject as scored using (subject_id);

comment on view main.open_item is 'one row per thing that waits for a person, as the latest night that looked found it';
comment on column main.open_item.cohort is 'cohort';
comment on column main.open_item.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
