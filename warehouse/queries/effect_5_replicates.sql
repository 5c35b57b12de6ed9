-- One row per specimen x analyte x plate x dilution of the assays named: its wells combined. $1: their ids.
select
    run_id, plate_number, plate, specimen_id, analyte, dilution_factor, value_op, value, unit, ci_low, ci_high, used_count,
    excluded_because
from replicate_result
where list_contains($1, assay_id)
