-- One row per finding about a trend, with the plate that it stands on and when that was read.
create or replace view qc_trend as
with
finding as (from trend_finding),
plate as (select run_id, plate_number, plate, file_name, started_at from plate)
select
    finding.run_id, finding.assay_id, plate.plate, finding.plate_number, plate.file_name, plate.started_at,
    finding.analyte, finding.metric, finding.rule, finding.severity, finding.lot, finding.instrument, finding.observed,
    finding.observed_text, finding.limit_value, finding.limit_text, finding.effect, finding.message, finding.action,
    finding.source, finding.effect, finding.effect_of_rule, finding.decision_id
from finding
join plate on plate.run_id = finding.run_id and plate.plate_number = finding.plate_number;

comment on view qc_trend is 'one row per finding about a trend, with the plate that it stands on and when that was read';
