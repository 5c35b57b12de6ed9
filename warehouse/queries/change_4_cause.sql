-- One row per change x cause, in the order of subjects, plates and what is another. The tables changed, touched, event, plate_was,
-- plate_now and withdrawn are made before it runs.
-- Of each measure that is another the nearest thing that happened counts: to its own row or plate before what came of the subject, and
-- that before settings and program. A component has the causes of its measures, and those of a cut-off that moved; what is said of the
-- score has those of the components that it hangs on; a mark that is about the patient has those of the patient. No change is left
-- without one.
with
run_of as (select distinct assay_id, run_id from store.assay),
on_run as (
    select distinct specimen.subject_id, assay.run_id
    from store.specimen as specimen
    semi join changed using (subject_id)
    join store.well as well using (specimen_id)
    join run_of as assay using (assay_id)
),
own_key as (
    select
        subject_id, component, measure, run_of.run_id, is_was, split_part(key, ':', 2)::bigint as plate_number,
        unnest(string_split(split_part(key, ':', 3), ',')) as well, split_part(key, ':', 4) as analyte
    from (
        select subject_id, component, measure, true as is_was, unnest(was_keys) as key from touched where source_kind = 'assay'
        union all
        select subject_id, component, measure, false as is_was, unnest(now_keys) as key from touched where source_kind = 'assay'
    )
    join run_of on run_of.assay_id = split_part(key, ':', 1)
),
own_run as (
    select
        subject_id, component, measure, run_id, list(distinct plate_number) as plate_numbers, list(distinct well) as wells,
        list(distinct analyte) as analytes, bool_or(is_was) and bool_or(not is_was) as is_in_both
    from own_key
    group by subject_id, component, measure, run_id
),
sample as (
    select distinct well.run_id, well.plate_number, well.well, well.replicate_group
    from store.well as well
    semi join own_run using (run_id)
    where well.well_role = 'unknown'
),
-- Decisions about a plate of the value that are about other samples of it, or other analytes.
decided as (
    select
        own_run.subject_id, own_run.component, own_run.measure, own_run.run_id, own_run.is_in_both, event.cause_key,
        bool_or(
            not list_contains(own_run.plate_numbers, decision.plate_number)
            or coalesce(not list_contains(own_run.analytes, decision.analyte), false)
        )
            or coalesce(bool_and(not list_contains(own_run.wells, sample.well)), false) as is_aside
    from own_run
    join event on event.scope = 'run' and event.name = own_run.run_id and event.cause_kind = 'decision'
    join store.decision as decision on decision.sequence::varchar = event.cause_key
    left join sample
        on sample.run_id = own_run.run_id and sample.plate_number = decision.plate_number
        and (sample.well = decision.well or sample.replicate_group = decision.replicate_group)
    group by all
),
-- One of these may have failed the plate, and counts where the plate came or went and nothing decided was about the value itself.
aside as (
    from decided
    qualify is_aside and (is_in_both or not bool_and(is_aside) over (partition by subject_id, component, measure, run_id))
),
lab as (
    from touched
    where source_kind = 'lab'
),
-- Where to look, the nearest first: rank, scope and name of events.
place as (
    select subject_id, component, measure, 1.0 as rank, 'run' as scope, run_id as name
    from own_run
    anti join (from touched where is_by_plates) as kept using (subject_id, component, measure)
    union all
    select subject_id, component, measure, 1 as rank, 'plate' as scope, '' as name from touched where is_by_plates
    union all
    select touched.subject_id, component, measure, 2 as rank, 'run' as scope, run_id as name
    from touched join on_run using (subject_id)
    where source_kind = 'assay'
    union all
    select subject_id, component, measure, 1 as rank, 'row' as scope, unnest(now_keys) as name from lab
    union all
    select subject_id, component, measure, 1 as rank, 'lost' as scope, unnest(was_keys) as name from lab
    union all
    select subject_id, component, measure, 2 as rank, 'lab' as scope, unnest([subject_id || ' ' || measure, subject_id || ' any']) as name
    from lab
    where component = 'nlr'
    union all
    select subject_id, component, measure, 2 as rank, 'lab' as scope, subject_id || ' ' || measure as name from lab where component <> 'nlr'
    union all
    select subject_id, component, measure, 2 as rank, 'file' as scope, split_part(unnest(list_concat(was_keys, now_keys)), ':', 1) as name
    from lab
    union all
    select subject_id, component, measure, unnest([3, 4]) as rank, unnest(['subject', 'anew']) as scope, subject_id as name from touched
    union all
    select subject_id, component, measure, unnest([5, 6, 6, 7]) as rank, unnest(['setting', 'plate', 'any', 'nothing']) as scope, '' as name
    from touched
),
found as (
    select
        place.subject_id, place.component, place.measure, place.rank + if(aside.cause_key is null, 0, 0.5) as distance, event.cause_kind,
        event.cause_key, touched.now_keys
    from place
    join event using (scope, name)
    join touched using (subject_id, component, measure)
    left join aside
        on aside.subject_id = place.subject_id and aside.component = place.component and aside.measure = place.measure
        and event.scope = 'run' and aside.run_id = event.name and aside.cause_key = event.cause_key
        and event.cause_kind = 'decision'
    -- A row that stands in the place of the one before is a result, and no retraction of it.
    where event.scope <> 'lost' or not list_contains(touched.now_keys, event.cause_key)
    qualify distance = min(distance) over (partition by place.subject_id, place.component, place.measure)
),
-- A cut-off that moved, and its unit, are settings or the program's.
setting as (
    select cause_kind, cause_key from event where scope = 'setting'
    union all
    select cause_kind, cause_key from event where scope = 'nothing' and not exists (from event where scope = 'setting')
),
of_component as (
    select distinct subject_id, component, cause_kind, cause_key from found
    union
    select cut.subject_id, cut.component, setting.cause_kind, setting.cause_key
    from cut
    cross join setting
),
-- The marks that came or went, a row each.
mark as (
    select subject_id, name
    from (
        select subject_id, unnest(string_split(before, '; ')) as name from changed where what = 'marks'
        union all
        select subject_id, unnest(string_split(after, '; ')) as name from changed where what = 'marks'
    )
    group by subject_id, name
    having count(*) = 1
),
-- What is said of the score hangs on the components that are another in this respect, where there are any, else on all that are.
another as (select distinct subject_id, component from of_component),
behind as (
    select changed.subject_id, changed.what, flipped.component
    from changed join flipped using (subject_id, what)
    where changed.what <> 'marks'
    union all
    select changed.subject_id, changed.what, another.component
    from changed join another using (subject_id)
    anti join flipped on flipped.subject_id = changed.subject_id and flipped.what = changed.what
    where changed.what in ('group', 'score', 'score_min', 'score_max', 'is_certain')
    union all
    select mark.subject_id, 'marks' as what, flipped.component
    from mark join flipped on flipped.subject_id = mark.subject_id and flipped.what = mark.name
    union all
    select mark.subject_id, 'marks' as what, another.component
    from mark join another using (subject_id)
    where mark.name = 'implausible'
),
of_people as (
    select changed.subject_id, changed.what, event.cause_kind, event.cause_key, place.rank
    from changed
    cross join (
        values (1, 'start', ''), (2, 'subject', ''), (3, 'lab', ' afp'), (4, 'anew', ''), (5, 'setting', null), (6, 'plate', null),
            (6, 'any', null), (7, 'nothing', null)
    ) as place (rank, scope, ending)
    join event on event.scope = place.scope and event.name = coalesce(changed.subject_id || place.ending, '')
    where changed.subject_id is not null and (place.scope <> 'lab' or changed.what = 'marks')
    qualify place.rank = min(place.rank) over (partition by changed.subject_id, changed.what)
),
moved as (
    select changed.subject_id, changed.what, cause.cause_kind, cause.cause_key
    from changed
    join of_component as cause using (subject_id, component)
    union
    select behind.subject_id, behind.what, cause.cause_kind, cause.cause_key
    from behind
    join of_component as cause using (subject_id, component)
),
told as (
    from moved
    union all
    select subject_id, what, cause_kind, cause_key from of_people anti join moved using (subject_id, what)
    union all
    select subject_id, what, cause_kind, cause_key
    from of_people semi join (from mark where name = 'outside_population') as outside using (subject_id)
    where what = 'marks'
    union all
    select null as subject_id, changed.what, setting.cause_kind, setting.cause_key
    from changed
    cross join setting
    where changed.what = 'cutoff_set'
),
verdict as (
    select
        coalesce(now.run_id, was.run_id) as run_id, coalesce(now.plate_number, was.plate_number) as plate_number,
        'plate_verdict' as what, was.state as before, now.state as after
    from plate_was as was
    full join plate_now as now on now.run_id = was.run_id and now.plate_number = was.plate_number
    where was.state is distinct from now.state
    union all
    -- A plate that was exported again is another run: what was decided about its readings goes on to it.
    select run_id, plate_number, 'plate_review' as what, was.review_state as before, now.review_state as after
    from plate_was as was
    full join plate_now as now using (run_id, plate_number)
    where coalesce(was.review_state, 'pending') <> coalesce(now.review_state, 'pending')
),
of_verdict as (
    select verdict.*, event.cause_kind, event.cause_key
    from verdict
    cross join (
        values (1, 'run'), (1, 'review'), (2, 'setting'), (3, 'plate'), (4, 'any'), (5, 'nothing')
    ) as place (rank, scope)
    join event on event.scope = place.scope and event.name = case when place.rank = 1 then verdict.run_id else '' end
    where place.scope <> 'review' or verdict.what = 'plate_review'
    -- A plate that another export replaced went by that one, whatever was decided about it.
    qualify
        place.rank = min(place.rank) over (partition by verdict.run_id, verdict.plate_number, verdict.what)
        and (
            verdict.after is not null or event.cause_kind = 'plate'
            or not bool_or(place.rank = 1 and event.cause_kind = 'plate')
                over (partition by verdict.run_id, verdict.plate_number, verdict.what)
        )
),
every as (
    select
        told.subject_id, null::varchar as run_id, null::bigint as plate_number, told.what, changed.before, changed.after,
        told.cause_kind, told.cause_key
    from told
    join changed on changed.what = told.what and changed.subject_id is not distinct from told.subject_id
    union all
    select null as subject_id, run_id, plate_number, what, before, after, cause_kind, cause_key from of_verdict
    union all
    select
        null as subject_id, null as run_id, null as plate_number, 'withdrawal' as what, null as before, 'taken out' as after,
        'decision' as cause_kind, sequence::varchar as cause_key
    from withdrawn
)
select distinct subject_id, run_id, plate_number, what, before, after, cause_kind, cause_key
from every
order by subject_id nulls first, run_id, plate_number, what, cause_kind, cause_key
