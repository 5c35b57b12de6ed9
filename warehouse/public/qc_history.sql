-- One row per standing plate x analyte x metric: a number that is followed, and its series.
create or replace view main.qc_history as
select
    history.plate, history.plate_number, run_day.run_day, history.analyte, history.metric, history.value, history.lot,
    history.instrument, history.method, history.kit, history.is_accepted, history.run_id, history.assay_id
from internal.qc_history as history
left join internal.run_day as run_day using (run_id);

comment on view main.qc_history is 'one row per standing plate x analyte x metric: a number that is followed, and its series';
comment on column main.qc_history.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
