-- One row per finding about a trend, with the plate that it stands on.
create or replace view main.qc_trend as
select
    trend.plate, trend.plate_number, run_day.run_day, trend.analyte, trend.metric, trend.rule, trend.severity,
    trend.lot, trend.instrument, trend.observed, trend.observed_text, trend.limit_value, trend.limit_text,
    trend.effect, trend.effect_of_rule, trend.action, trend.message, trend.source, trend.decision_id, trend.file_name,
    trend.run_id, trend.assay_id
from internal.qc_trend as trend
left join internal.run_day as run_day using (run_id);

comment on view main.qc_trend is 'one row per finding about a trend, with the plate that it stands on';
comment on column main.qc_trend.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
