-- One row per series: the limits that its next plate meets.
create or replace view main.trend_baseline as
with
first_plate as (select min(run_on) as run_on from internal.run_day)
select
    baseline.analyte, baseline.metric, baseline.lot, baseline.instrument, baseline.method, baseline.kind,
    baseline.version, baseline.plate_count, baseline.mean, baseline.sd, baseline.limit_low, baseline.limit_high,
    date_diff('day', first_plate.run_on, baseline.first_at::date) as first_run_day,
    date_diff('day', first_plate.run_on, baseline.last_at::date) as last_run_day
from internal.trend_baseline as baseline
cross join first_plate;

comment on view main.trend_baseline is 'one row per series: the limits that its next plate meets';
comment on column main.trend_baseline.first_run_day is 'day of the first plate behind the limits, counted from the first plate of the laboratory';
comment on column main.trend_baseline.last_run_day is 'day of the last one';
