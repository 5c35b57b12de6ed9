-- One row per specimen and subject it is said to belong to; more than one subject is a conflict and shows on each row.
-- Of several files that name a barcode the newest decides about time and material, never about whose it is. Where it says the day
-- alone, the time that an earlier one says of that day stands: a date contradicts no time.
create or replace view specimen_current as
with
imported as (select import_id, sequence from current_import),
specimen as (from store.specimen),
stated as (
    select specimen.*, imported.sequence
    from specimen
    join imported using (import_id)
    where specimen.subject_id is not null
),
owners as (
    select specimen_id, count(distinct subject_id) as owner_count
    from stated
    group by specimen_id
),
newest as (
    from stated
    qualify sequence = max(sequence) over (partition by specimen_id, subject_id)
),
told as (
    select
        specimen_id, subject_id,
        arg_min(file_id, source_line) as file_id,
        min(source_line) as source_line,
        min(collected_at) as collected_at,
        bool_and(has_time) as has_time,
        min(material) as material,
        min(reason) as reason,
        count(distinct coalesce(collected_at::varchar, '') || has_time::varchar) as draw_count
    from newest
    group by specimen_id, subject_id
),
clocked as (
    select specimen_id, subject_id, collected_at::date as day, min(collected_at) as clocked_at
    from stated
    where has_time
    group by all
    having min(collected_at) = max(collected_at)
)
select
    told.specimen_id, told.subject_id, coalesce(clocked.clocked_at, told.collected_at) as collected_at,
    told.has_time or clocked.clocked_at is not null as has_time, told.material, told.file_id, told.source_line,
    case
        when owners.owner_count > 1 then 'identity_conflict'
        when told.reason is not null then told.reason
        when told.draw_count > 1 then 'duplicate_conflict'
        when told.collected_at is null then 'not_received'
    end as reason
from told
join owners using (specimen_id)
left join clocked
    on clocked.specimen_id = told.specimen_id and clocked.subject_id = told.subject_id and not told.has_time
    and clocked.day = told.collected_at::date;

comment on view specimen_current is 'one row per specimen and subject it is said to belong to';
comment on column specimen_current.specimen_id is 'specimen barcode';
comment on column specimen_current.collected_at is 'collection, site wall time';
comment on column specimen_current.has_time is 'false where only the date of collection is known';
comment on column specimen_current.source_line is '1-based line of the specimen file';
comment on column specimen_current.reason is 'why the specimen cannot be used, from the closed list; null where it can';
