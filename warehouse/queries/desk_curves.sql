-- One row per analyte of a plate ($run, $number): limits of its curve.
select distinct analyte, unit, lloq, uloq, ec50, status
from standard_curve
where run_id = $run and plate_number = $number
order by all
