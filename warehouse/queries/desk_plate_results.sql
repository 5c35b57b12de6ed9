-- One row per specimen x analyte x dilution of a plate ($run, $number), as it is saved at the desk: the result, its interval, the wells behind it, and what keeps the others out.
select
    result.plate, result.plate_number, result.specimen_id, owner.subject_id, result.analyte, result.dilution_factor,
    result.value_op, result.value, result.unit, result.ci_low, result.ci_high, result.wells,
    result.used_count, result.reading_count, result.held_count, result.is_contradictory, result.excluded_because
from replicate_result as result
left join specimen_owner as owner on owner.specimen_id = result.specimen_id
where result.run_id = $run and result.plate_number = $number
order by result.specimen_id, result.analyte, result.dilution_factor
