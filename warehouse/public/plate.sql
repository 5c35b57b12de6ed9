-- One row per current plate of a run, with the verdict that the rules propose.
create or replace view main.plate as
select
    plate.plate, plate.plate_number, run_day.run_day, plate.state, plate.sentence, plate.analytes_passed,
    plate.analytes_warned, plate.analytes_failed, plate.reportable_pct, plate.low_bead_wells, plate.well_count,
    plate.sample_well_count, plate.specimen_count, plate.expected_false_alarms, plate.panel, plate.method,
    plate.profile, plate.kit_lots, plate.standard_lots, plate.control_lots, plate.format, plate.instrument_type,
    plate.software_version, plate.protocol_name, plate.is_resaved, plate.crc_state, plate.file_name,
    plate.plate_content, plate.layout_file_id, plate.lot_sheet_file_id, plate.suite_hash, plate.config_hash,
    plate.decision_hash, plate.code_version, plate.review_state, date_diff('day', first.run_on, plate.reviewed_at::date) as reviewed_day,
    plate.signed, plate.exclusion_count, plate.accepted_version, plate.answered_by_run_id, plate.result_hash, plate.run_id,
    plate.assay_id
from internal.plate as plate
cross join (select min(run_on) as run_on from internal.run_day) as first
left join internal.run_day as run_day on run_day.run_id = plate.run_id;

comment on view main.plate is 'one row per current plate of a run, with the verdict that the rules propose';
comment on column main.plate.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
comment on column main.plate.reviewed_day is 'day on which the review came to its state, counted as run_day is; null while nobody has decided';
