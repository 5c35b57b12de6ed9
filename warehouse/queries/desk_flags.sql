-- One row per finding that takes results of a plate away ($run, $number) and that a person may keep.
select rule, severity, well, replicate_group, analyte, message
from qc_flag
where run_id = $run and (plate_number = $number or plate_number is null) and severity = 'fail' and rule <> 'decision'
union all
select rule, severity, null, null, analyte, message
from qc_trend
where run_id = $run and plate_number = $number and severity = 'fail' and rule <> 'decision'
order by all
