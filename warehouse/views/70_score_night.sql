-- One row: the latest night that left scores.
create or replace view score_night as
with
night as (select night_id, sequence from store.night),
scored as (select distinct night_id from store.score_input)
select arg_max(night.night_id, night.sequence) as night_id
from scored
join night using (night_id);

comment on view score_night is 'one row: the latest night that left scores';
comment on column score_night.night_id is 'night; null where none left scores yet';
