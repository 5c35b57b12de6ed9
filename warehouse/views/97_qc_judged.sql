-- One row per current plate x suite entry: how much it judged, how much broke it, and how much breaks it by chance.
create or replace view qc_judged as
with
assay as (select assay_id from current_assay),
judged as (from store.judged),
plate as (select assay_id, plate_number, plate from plate)
select
    judged.run_id, judged.assay_id, plate.plate, judged.plate_number, judged.entry, judged.rule, judged.severity,
    judged.judged_count, judged.found_count, judged.expected_false_alarms
from judged
join assay using (assay_id)
join plate on plate.assay_id = judged.assay_id and plate.plate_number = judged.plate_number;

comment on view qc_judged is 'one row per current plate x suite entry: how much it judged, how much broke it, and how much breaks it by chance';
