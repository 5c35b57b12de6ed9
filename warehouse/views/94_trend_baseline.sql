-- One row per series (analyte x metric x lot x instrument x method): the limits that its next plate meets.
create or replace view trend_baseline as
with
latest as (from trend_night),
baseline as (from store.trend_baseline)
select
    baseline.analyte, baseline.metric, baseline.lot, baseline.instrument, baseline.method, baseline.kind, baseline.version,
    baseline.plate_count, baseline.mean, baseline.sd, baseline.limit_low, baseline.limit_high, baseline.first_at,
    baseline.last_at
from baseline
join latest using (night_id);

comment on view trend_baseline is 'one row per series: the limits that its next plate meets';
