-- One row per current plate x suite entry: how much it judged, how much broke it, and how much breaks it by chance.
create or replace view main.qc_judged as
select
    qc_judged.plate, qc_judged.plate_number, qc_judged.entry, qc_judged.rule, qc_judged.severity,
    qc_judged.judged_count, qc_judged.found_count, qc_judged.expected_false_alarms, qc_judged.run_id,
    qc_judged.assay_id
from internal.qc_judged as qc_judged;

comment on view main.qc_judged is 'one row per current plate x suite entry: how much it judged, how much broke it, and how much breaks it by chance';
