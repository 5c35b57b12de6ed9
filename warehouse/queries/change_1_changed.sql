-- One row per change of what a release shows of a patient's score, against what the one before it showed. $was, $now: the nights whose
-- scores the two show. A subject that came or went has rows for itself and its group alone.
with
was as (from store.score where night_id = $was and is_site_set),
now as (from store.score where night_id = $now and is_site_set),
component_was as (
    select component.* from store.score_component as component join was using (night_id, subject_id, cutoff_set)
),
component_now as (
    select component.* from store.score_component as component join now using (night_id, subject_id, cutoff_set)
),
who as (
    select
        coalesce(now.subject_id, was.subject_id) as subject_id,
        unnest([
            {'what': 'subject', 'before': case when was.subject_id is not null then 'here' end,
                'after': case when now.subject_id is not null then 'here' end},
            {'what': 'group', 'before': was."group", 'after': now."group"}
        ], recursive := true)
    from was
    full join now on now.subject_id = was.subject_id
),
whole as (
    select
        subject_id,
        unnest([
            {'what': 'score', 'before': was.score::varchar, 'after': now.score::varchar},
            {'what': 'score_min', 'before': was.score_min::varchar, 'after': now.score_min::varchar},
            {'what': 'score_max', 'before': was.score_max::varchar, 'after': now.score_max::varchar},
            {'what': 'is_certain', 'before': was.is_certain::varchar, 'after': now.is_certain::varchar},
            {'what': 'marks', 'before': was.marks, 'after': now.marks}
        ], recursive := true)
    from was
    join now using (subject_id)
),
part as (
    select
        subject_id, component,
        unnest([
            {'what': component || '_point', 'before': was.point::varchar, 'after': now.point::varchar},
            {'what': component || '_value', 'before': coalesce(nullif(was.value_op, '='), '') || was.value_text,
                'after': coalesce(nullif(now.value_op, '='), '') || now.value_text},
            {'what': component || '_unit', 'before': was.unit, 'after': now.unit},
            {'what': component || '_reason', 'before': was.reason, 'after': now.reason}
        ], recursive := true)
    from component_was as was
    full join component_now as now using (subject_id, component) -- one of two sets may lack a component
    where subject_id in (select subject_id from was) and subject_id in (select subject_id from now)
),
-- A release has one cut-off set, whoever is scored by it.
set_of as (
    select null::varchar as subject_id, 'cutoff_set' as what, min(was.cutoff_set) as before, min(now.cutoff_set) as after
    from was
    cross join (select min(cutoff_set) as cutoff_set from now) as now
),
every as (
    select subject_id, null::varchar as component, what, before, after from who
    union all
    select subject_id, null as component, what, before, after from whole
    union all
    select subject_id, component, what, before, after from part
    union all
    select subject_id, null as component, what, before, after from set_of where before is not null and after is not null
)
from every
where before is distinct from after
