-- One row per plate of the assays named: its verdict as it stands. $1: their ids.
with
run as (from current_run),
verdict as (from plate_standing),
held as (select run_id, plate_number from held_plate)
select
    verdict.run_id, verdict.plate_number, coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as plate,
    case when held.run_id is null then verdict.state else 'held' end as state,
    case when held.run_id is null then verdict.analytes_passed else 0 end as analytes_passed,
    case when held.run_id is null then verdict.analytes_warned else 0 end as analytes_warned,
    case when held.run_id is null then verdict.analytes_failed else 0 end as analytes_failed,
    case when held.run_id is null or verdict.reportable_pct is null then verdict.reportable_pct else 0 end as reportable_pct
from verdict
join run using (run_id)
left join held on held.run_id = verdict.run_id and held.plate_number = verdict.plate_number
where list_contains($1, verdict.assay_id)
