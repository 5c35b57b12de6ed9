-- One row per plate that stands today, latest reading last: its name, when it was read, and its verdict.
with
run as (from current_run),
assay as (from current_assay),
verdict as (from plate_standing),
held as (select run_id, plate_number from held_plate)
select
    run.run_id, assay.assay_id, verdict.plate_number, coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as plate,
    run.started_at, case when held.run_id is null then verdict.state else 'held' end as state
from assay
join run on run.run_id = assay.run_id
join verdict on verdict.assay_id = assay.assay_id
left join held on held.run_id = run.run_id and held.plate_number = verdict.plate_number
order by run.started_at nulls first, run.sequence, verdict.plate_number
