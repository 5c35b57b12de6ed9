-- One row per standing plate x other standing plate that cannot both be right: both hold the same readings, which are read
-- once, or both are exports of one plate that put its samples beside other readings (see warehouse/supersede.py).
-- A plate that a person has excluded is out of the question. The readings of an export that was replaced still speak for the
-- one that stands for it.
create or replace view twin as
with recursive
standing as (
    select run_id, run_id as standing_run_id
    from current_run
    union
    select supersession.run_id, standing.standing_run_id
    from store.supersession as supersession
    join standing on standing.run_id = supersession.superseded_by
),
reading as (from store.plate_reading),
run as (from current_run),
excluded as (from excluded_plate),
plate as (
    select run.run_id, reading.plate_number, run.plate_key
    from reading
    join run using (run_id)
    anti join excluded using (run_id, plate_number)
),
-- The readings that a standing export speaks for. Materialized, else DuckDB 1.5 may join every plate with every reading by their number first.
spoken_for as materialized (
    select standing.standing_run_id as run_id, reading.plate_number, reading.reading_hash
    from standing
    join reading on reading.run_id = standing.run_id
    where reading.reading_hash is not null
),
-- What a plate shares with its twins: the name of readings, its own or those of an export that it replaced; or the plate itself.
shared as (
    select plate.run_id, plate.plate_number, 'readings' as what, spoken_for.reading_hash as name
    from plate
    join spoken_for using (run_id, plate_number)
    union
    select run_id, plate_number, 'plate' as what, plate_key || '/' || plate_number as name
    from plate
)
select
    own.run_id, own.plate_number, other.run_id as twin_run_id, other.plate_number as twin_plate_number,
    bool_or(own.what = 'readings') as has_same_readings,
    bool_or(own.what = 'plate') as is_same_plate
from shared as own
join shared as other
    on other.what = own.what and other.name = own.name
    and (other.run_id <> own.run_id or other.plate_number <> own.plate_number)
group by own.run_id, own.plate_number, other.run_id, other.plate_number;

comment on view twin is 'one row per standing plate x other standing plate that cannot both be right, until a person excludes one';
comment on column twin.plate_number is 'plate within the batch, from 1';
comment on column twin.twin_run_id is 'run of the other plate';
comment on column twin.twin_plate_number is 'the other plate within its batch, from 1';
comment on column twin.has_same_readings is 'every MFI of one is in the other';
comment on column twin.is_same_plate is 'both are exports of one plate and name its samples otherwise';
