-- One row per failing finding of a trend that no decision keeps or has settled by an exclusion.
create or replace view main.trend_alarm as
select
    alarm.plate, alarm.plate_number, run_day.run_day, alarm.analyte, alarm.metric, alarm.lot, alarm.rule,
    alarm.message, alarm.action, alarm.effect, alarm.run_id
from internal.trend_alarm as alarm
left join internal.run_day as run_day using (run_id);

comment on view main.trend_alarm is 'one row per failing finding of a trend that no decision keeps or has settled by an exclusion';
comment on column main.trend_alarm.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
