-- One row per subject that two releases both show x component that is held against another cut-off, or that one of the two sets lacks. $was, $now: as before.
with
component as (from store.score_component),
site as (select night_id, subject_id, cutoff_set from store.score where is_site_set and night_id in ($was, $now)),
shown as (select subject_id from site group by subject_id having count(distinct night_id) = 2),
held as (
    select component.*
    from component
    join site using (night_id, subject_id, cutoff_set)
    semi join shown using (subject_id)
),
was as (from held where night_id = $was),
now as (from held where night_id = $now)
select subject_id, component
from was
full join now using (subject_id, component)
where (was.cut_text, was.comparator, was.unit) is distinct from (now.cut_text, now.comparator, now.unit)
