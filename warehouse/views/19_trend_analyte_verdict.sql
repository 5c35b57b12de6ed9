-- One row per analyte x plate of an assay whose verdicts are others with what trends find.
create or replace view trend_analyte_verdict as
with
judgement as (select judgement_id from trend_judgement),
verdict as (from store.trend_analyte_verdict)
select
    judgement_id, verdict.assay_id, verdict.run_id, verdict.plate_number, verdict.analyte, verdict.state, verdict.reasons,
    verdict.sentence, verdict.well_count, verdict.reportable_count
from verdict
join judgement using (judgement_id);

comment on view trend_analyte_verdict is 'one row per analyte x plate, judged with what trends find, as of the latest night';
