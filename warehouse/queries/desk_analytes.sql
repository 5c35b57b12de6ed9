-- One row per analyte of a plate ($run, $number) with its verdict.
select distinct analyte, state, reasons
from analyte_plate
where run_id = $run and plate_number = $number
order by analyte
