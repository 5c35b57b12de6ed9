-- One row per specimen x analyte x dilution of a plate ($run, $number): its result.
select specimen_id, analyte, dilution_factor, value_op, value, unit
from replicate_result
where run_id = $run and plate_number = $number and specimen_id is not null
order by all
