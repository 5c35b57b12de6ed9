-- One row per plate x analyte of the assays named: its verdict as it stands. $1: their ids.
with
run as (from current_run),
verdict as (from analyte_standing),
held as (select run_id, plate_number from held_plate)
select
    verdict.run_id, verdict.plate_number, coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as plate, verdict.analyte,
    case when held.run_id is null then verdict.state else 'held' end as state,
    case when held.run_id is null then verdict.reasons else concat_ws('; ', 'awaiting_decision', verdict.reasons) end as reasons,
    case when held.run_id is null then verdict.reportable_count else 0 end as reportable_count
from verdict
join run using (run_id)
left join held on held.run_id = verdict.run_id and held.plate_number = verdict.plate_number
where list_contains($1, verdict.assay_id)
