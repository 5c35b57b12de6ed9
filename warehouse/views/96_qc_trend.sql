-- One row per finding about a trend, with the plate that it stands on and when that was read.
create or replace view qc_trend as
with
finding as (from trend_finding),
-- Of the run alone: view plate would read what is decided about every reading.
run as (select run_id, coalesce(batch, left(run_id, 12)) as plate, file_name, started_at from current_run)
select
    finding.run_id, finding.assay_id, run.plate, finding.plate_number, run.file_name, run.started_at,
    finding.analyte, finding.metric, finding.rule, finding.severity, finding.lot, finding.instrument, finding.observed,
    finding.observed_text, finding.limit_value, finding.limit_text, finding.effect, finding.message, finding.action,
    finding.source, finding.effect_of_rule, finding.decision_id
from finding
join run on run.run_id = finding.run_id;

comment on view qc_trend is 'one row per finding about a trend, with the plate that it stands on and when that was read';
comment on column qc_trend.plate is 'plate name: the batch, or the first characters of run_id';
