-- One row per change of a release against the one before it x cause: what about a patient's score, a plate's verdict or who is there
-- is another, and which plate, laboratory row, retraction, decision, configuration or program made it so. A subject that came or went
-- has rows for itself and its group alone; the first release has none. Rows of a release that nobody was led to, because its night was
-- killed, are left out.
create or replace view release_change as
with
made as (from store.release_made),
found as (from store.release_change_found),
latest as (select arg_max(release, sequence) as release from made),
shown as (
    select release, sequence
    from made
    where release in (from latest) or release in (select release_before from made where release_before is not null)
)
select
    shown.sequence, found.release_before, found.release_after, found.subject_id, found.run_id, found.plate_number, found.what,
    found.before, found.after, found.cause_kind, found.cause_key
from found
join shown on shown.release = found.release_after;

comment on view release_change is 'one row per change of a release against the one before it x cause';
comment on column release_change.sequence is 'order of the releases, from 1';
