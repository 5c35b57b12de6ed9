-- One row per well of a plate that has a role ($run, $number): what it holds, and how many of its readings are in results.
select
    well, any_value(well_role) as well_role, any_value(sample_label) as sample_label, any_value(replicate_group) as replicate_group,
    any_value(standard_level) as standard_level, any_value(specimen_id) as specimen_id, count(*) as reading_count,
    count(*) filter (reportable) as reportable_count,
    case max(case qc_state when 'fail' then 3 when 'held' then 2 when 'warn' then 1 else 0 end)
        when 3 then 'fail' when 2 then 'held' when 1 then 'warn' else 'pass' end as state
from result_all
where run_id = $run and plate_number = $number
group by well
order by left(well, 1), try_cast(substr(well, 2) as integer), well
