-- One row per subject: by how many days its dates move in a release, so that the first dose falls on day zero for everybody.
-- A subject without a known start is counted from its first draw, which keeps the days between its results.
with
start as (
    select subject_id, started_on as first_on
    from subject_start
    where started_on is not null
),
drawn as (
    select subject_id, collected_at from store.specimen
    union all
    select subject_id, collected_at from store.clinical_lab
),
seen as (
    select subject_id, min(collected_at)::date as first_on
    from drawn
    where subject_id is not null and collected_at is not null
    group by subject_id
)
select subject_id, date_diff('day', coalesce(start.first_on, seen.first_on), $day_zero)::integer as days
from start
full join seen using (subject_id);
