-- One row per well x analyte of the assays named: its result, its limits and what is done to it. $1: their ids.
select
    run_id, plate_number, plate, well, analyte, well_role, replicate_group, specimen_id, subject_id,
    value_op, coalesce(value_num, value_bound) as value, unit, status, lloq, uloq, qc_state, reportable, reasons
from result_all
where list_contains($1, assay_id)
