-- One row per current run: on which day it was read, counted from the first plate of the laboratory.
create or replace view run_day as
with
run as (select run_id, coalesce(started_at, stopped_at, exported_at)::date as run_on from current_run)
select run_id, run_on, date_diff('day', min(run_on) over (), run_on) as run_day
from run;

comment on view run_day is 'one row per current run: on which day it was read, counted from the first plate of the laboratory';
comment on column run_day.run_on is 'day on which it was read; of a file that does not say so, on which it was exported';
comment on column run_day.run_day is 'whole days from the first plate of the laboratory to this one; 0 is the first; null where the file names no day';
