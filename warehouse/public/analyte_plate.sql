-- One row per current plate x analyte, judged.
create or replace view main.analyte_plate as
select
    plate.plate, judged.plate_number, judged.analyte, judged.state, judged.reasons, judged.sentence,
    judged.well_count, judged.reportable_count, judged.run_id, judged.assay_id
from internal.analyte_plate as judged
left join internal.plate as plate on plate.assay_id = judged.assay_id and plate.plate_number = judged.plate_number;

comment on view main.analyte_plate is 'one row per current plate x analyte, judged';
