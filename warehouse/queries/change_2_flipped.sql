-- One row per subject that two releases both show x what of its score may hang on a component x component that is another in this respect:
-- its point, for the sum and the group; the point that it surely or possibly gives, for the bounds; how near it lies to its cut, for marks
-- and certainty. $was, $now: as before.
with
site as (select night_id, subject_id, cutoff_set from store.score where is_site_set and night_id in ($was, $now)),
shown as (select subject_id from site group by subject_id having count(distinct night_id) = 2),
held as (
    select
        component.night_id, component.subject_id, component.component, component.point, coalesce(component.point = 1, false) as is_sure,
        coalesce(component.point = 1, true) as is_possible, component.is_near_cut, component.is_at_cut
    from store.score_component as component
    join site using (night_id, subject_id, cutoff_set)
    semi join shown using (subject_id)
),
was as (from held where night_id = $was),
now as (from held where night_id = $now),
pair as (
    select
        coalesce(now.subject_id, was.subject_id) as subject_id, coalesce(now.component, was.component) as component,
        (was.component, was.point) is distinct from (now.component, now.point) as has_other_point,
        coalesce(was.is_sure, false) <> coalesce(now.is_sure, false) as has_other_sure,
        coalesce(was.is_possible, false) <> coalesce(now.is_possible, false) as has_other_possible,
        coalesce(was.is_near_cut, false) <> coalesce(now.is_near_cut, false) as has_other_near,
        coalesce(was.is_at_cut, false) <> coalesce(now.is_at_cut, false) as has_other_at
    from was
    full join now on now.subject_id = was.subject_id and now.component = was.component
),
each_what as (
    select
        subject_id, component,
        unnest([
            {'what': 'group', 'is_so': has_other_point},
            {'what': 'score', 'is_so': has_other_point},
            {'what': 'score_min', 'is_so': has_other_sure},
            {'what': 'score_max', 'is_so': has_other_possible},
            {'what': 'is_certain', 'is_so': has_other_point or has_other_near},
            {'what': 'near_cut', 'is_so': has_other_near},
            {'what': 'at_cut', 'is_so': has_other_at}
        ], recursive := true)
    from pair
)
select subject_id, component, what
from each_what
where is_so
