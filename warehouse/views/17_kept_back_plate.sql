-- One row per plate of a current run that is held by what was decided about an earlier export of it.
create or replace view kept_back_plate as
with
decided as (from kept_back)
select run_id, plate_number, max(sequence) as decided_by, arg_max(kind, sequence) as kind
from decided
group by run_id, plate_number;

comment on view kept_back_plate is 'one row per plate of a current run that is held by what was decided about an earlier export of it';
comment on column kept_back_plate.plate_number is 'plate within the batch, from 1';
comment on column kept_back_plate.decided_by is 'sequence of that decision, the latest where there are several';
comment on column kept_back_plate.kind is 'what it was: reject, repeat or exclude';
