-- One row per plate x analyte of the assays named: its verdict. $1: their ids.
with
verdict as (from analyte_standing)
select assay_id, plate_number, analyte, state
from verdict
where list_contains($1, assay_id)
order by analyte, assay_id, plate_number
