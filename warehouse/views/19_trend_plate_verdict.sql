-- One row per plate of an assay whose verdicts are others with what trends find.
create or replace view trend_plate_verdict as
with
judgement as (select judgement_id from trend_judgement),
verdict as (from store.trend_plate_verdict)
select
    judgement_id, verdict.assay_id, verdict.run_id, verdict.plate_number, verdict.state, verdict.sentence,
    verdict.analytes_passed, verdict.analytes_warned, verdict.analytes_failed, verdict.low_bead_wells,
    verdict.reportable_pct, verdict.expected_false_alarms
from verdict
join judgement using (judgement_id);

comment on view trend_plate_verdict is 'one row per plate, judged with what trends find, as of the latest night';
