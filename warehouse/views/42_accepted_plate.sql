-- One row per plate of a run that a person has accepted, with or without exclusions, as its results are now.
create or replace view accepted_plate as
with
state as (
    select run_id, plate_number, arg_max(state, sequence) as state
    from store.plate_review
    group by run_id, plate_number
)
select run_id, plate_number
from state
where state in ('accepted', 'accepted_with_exclusions');

comment on view accepted_plate is 'one row per plate of a run that a person has accepted, with or without exclusions, as its results are now';
