-- Failing findings of trends that no decision keeps or has settled by an exclusion, and whether they are new since the last night that came to its end.
with
ended as (
    select max(night.sequence) as sequence
    from store.night
    join store.night_end using (night_id)
    where night_end.state <> 'interrupted' and night.night_id <> $night
),
-- The check that stood when that night ended: nights that changed nothing have none of their own.
seen as (
    select arg_max(trend_check.night_id, night.sequence) as night_id
    from store.trend_check
    join store.night using (night_id)
    cross join ended
    where night.sequence <= ended.sequence
),
known as (
    select distinct run_id, plate_number, analyte, metric, rule
    from store.trend_finding
    join seen using (night_id)
    where severity = 'fail' and decision_id is null
)
select
    alarm.plate, alarm.plate_number, alarm.analyte, alarm.metric, alarm.lot, alarm.rule, alarm.message, alarm.action,
    alarm.effect, alarm.run_id, known.run_id is null as is_new
from trend_alarm as alarm
left join known
    on known.run_id = alarm.run_id and known.plate_number = alarm.plate_number and known.rule = alarm.rule
    and known.analyte is not distinct from alarm.analyte and known.metric is not distinct from alarm.metric
order by alarm.started_at, alarm.plate, alarm.plate_number, alarm.analyte, alarm.rule, alarm.metric;
