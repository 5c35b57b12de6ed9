-- One row: the latest night that held the standing plates against their history.
create or replace view trend_night as
with
checked as (from store.trend_check)
select arg_max(night_id, sequence) as night_id
from checked;

comment on view trend_night is 'one row: the latest night that held the standing plates against their history';
comment on column trend_night.night_id is 'night; null where none did yet';
