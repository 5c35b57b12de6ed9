-- One row per run that replaced exports with other readings: what decisions call those.
select run_id, list(distinct name order by name) as names
from (select run_id, unnest([earlier_content, earlier_run_id]) as name from earlier_export where has_other_readings)
group by run_id
order by run_id
