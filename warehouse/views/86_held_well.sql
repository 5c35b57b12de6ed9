-- One row per standing plate x reason: the wells that wait for a person. A well that a decision took out waits no more, nor does
-- one of a plate that waits as a whole.
create or replace view held_well as
with
assay as (select assay_id, run_id from current_assay),
run as (select run_id, file_name from current_run),
doubtful as (
    select well.assay_id, well.plate_number, well.well, well.doubt_reason
    from store.well as well
    join assay using (assay_id)
    where well.doubt is not null
),
waiting as (
    select distinct doubtful.*, assay.run_id, result.plate
    from doubtful
    join assay using (assay_id)
    join store.result as result
        on result.assay_id = doubtful.assay_id and result.plate_number = doubtful.plate_number and result.well = doubtful.well
    where result.status in ('HELD', 'BACKGROUND')
)
select
    waiting.plate, waiting.run_id, waiting.plate_number, run.file_name,
    string_agg(waiting.well, ', ' order by waiting.well) as wells, count(*) as well_count, waiting.doubt_reason
from waiting
join run on run.run_id = waiting.run_id
anti join held_plate on held_plate.run_id = waiting.run_id and held_plate.plate_number = waiting.plate_number
group by waiting.plate, waiting.run_id, waiting.plate_number, run.file_name, waiting.doubt_reason;

comment on view held_well is 'one row per standing plate x reason: the wells that wait for a person';
comment on column held_well.plate is 'plate name';
comment on column held_well.plate_number is 'plate within the batch, from 1';
comment on column held_well.wells is 'wells, joined by '', ''';
comment on column held_well.well_count is 'how many wells';
