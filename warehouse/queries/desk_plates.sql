-- One row per plate that stands, latest reading first: what the desk's list shows, sorts and filters.
select
    run_id, plate_number, plate, file_name, started_at, state, sentence, kit_lots, panel, instrument_type,
    analytes_failed, analytes_warned, analytes_passed, low_bead_wells, reportable_pct, assay_id, plate_content
from plate
order by started_at desc nulls last, plate, run_id, plate_number
