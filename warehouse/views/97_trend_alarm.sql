-- One row per failing finding of a trend that no decision keeps or has settled by an exclusion.
create or replace view trend_alarm as
with
finding as (from qc_trend),
excluded as (
    select run_id, plate_number, analyte
    from qc_flag
    where rule = 'decision' and effect in ('fail_analyte', 'fail_plate')
)
select
    finding.plate, finding.plate_number, finding.analyte, finding.metric, finding.lot, finding.rule, finding.message,
    finding.action, finding.effect, finding.run_id, finding.started_at
from finding
where
    severity = 'fail' and decision_id is null
    and not exists (
        select 1 from excluded
        where excluded.run_id = finding.run_id and excluded.plate_number = finding.plate_number
            and (excluded.analyte is null or excluded.analyte = finding.analyte)
    );

comment on view trend_alarm is 'one row per failing finding of a trend that no decision keeps or has settled by an exclusion';
