-- One row per finding of a rule that looks at several plates, as of the latest night.
create or replace view trend_finding as
with
latest as (from trend_night),
finding as (from store.trend_finding)
select
    finding.assay_id, finding.run_id, finding.plate_number, finding.analyte, finding.metric, finding.rule, finding.severity,
    finding.lot, finding.instrument, finding.observed, finding.observed_text, finding.limit_value, finding.limit_text,
    finding.effect, finding.action, finding.source, finding.message, finding.suite_hash,
    finding.effect_of_rule, finding.decision_id
from finding
join latest using (night_id);

comment on view trend_finding is 'one row per finding of a rule that looks at several plates, as of the latest night';
