-- One row per laboratory row of a current import whose subject and analyte are known (lab_version), at the specimen and the time
-- that now hold for its result.
create or replace view placed_lab as
with
version as (from lab_version),
moved as (from moved_lab)
select
    version.* replace (
        case when moved.result_key is null then version.specimen_id else moved.specimen_id end as specimen_id,
        case when moved.result_key is null then version.collected_at else moved.collected_at end as collected_at,
        case when moved.result_key is null then version.has_time else moved.has_time end as has_time,
        version.is_disputed or coalesce(moved.is_disputed, false) as is_disputed
    ),
    moved.result_key is not null as is_moved
from version
left join moved
    on moved.subject_id = version.subject_id and moved.result_key = version.result_key and moved.code = version.code;

comment on view placed_lab is 'one row per laboratory row of a current import whose subject and analyte are known, at the specimen and the time that now hold for its result';
comment on column placed_lab.specimen_id is 'accession or barcode of the version that decides';
comment on column placed_lab.collected_at is 'collection by the version that decides, site wall time';
comment on column placed_lab.is_moved is 'a newer version or a retraction moved its collection';
