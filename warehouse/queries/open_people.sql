-- One row per tube, patient, choice or planned piece of work that waits; $today: the day on which it is asked, in the site's zone.
with
file as (from current_import),
on_a_plate as (
    select distinct specimen_id
    from store.well
    join current_assay using (assay_id)
    where specimen_id is not null
),
specimen as (
    select specimen_current.*, file.kind || '/' || file.name as file_key
    from specimen_current
    join file using (file_id)
),
-- Of one table up to three tubes are each a line; more are one: a plate that is still to come.
idle as (
    select *, count(*) over (partition by file_key) as idle_count
    from specimen
    anti join on_a_plate using (specimen_id)
),
never_run as (
    select
        'specimen_never_run' as kind, if(idle_count > 3, 'file', 'specimen') as object_kind,
        if(idle_count > 3, file_key, specimen_id) as object_key, null as plate, null as run_id,
        case when count(*) = 1 then min(subject_id) end as subject_id, count(*) as item_count, null as blocks,
        list(specimen_id order by specimen_id) as names, [] as known, null as detail
    from idle
    group by 2, 3
),
started as (
    select start.subject_id, coalesce(file.kind || '/' || file.name, 'treatments') as file_key
    from subject_start as start
    left join file using (file_id)
    where start.started_at is not null
),
missing as (
    select *, count(*) over (partition by file_key) as missing_count
    from started
    anti join (select distinct subject_id from specimen) as drawn using (subject_id)
),
without_plate as (
    select
        'patient_without_plate' as kind, if(missing_count > 3, 'file', 'subject') as object_kind,
        if(missing_count > 3, file_key, subject_id) as object_key, null as plate, null as run_id,
        case when count(*) = 1 then min(subject_id) end as subject_id, count(*) as item_count, null as blocks,
        list(subject_id order by subject_id) as names, [] as known, null as detail
    from missing
    group by 2, 3
),
hanging as (
    select
        'group_hangs_on_il2' as kind, 'cutoff_set' as object_kind, cutoff_set as object_key, null as plate, null as run_id,
        null as subject_id, count(*) as item_count, null as blocks, list(subject_id order by subject_id) as names, [] as known,
        null as detail
    from score_side_by_side
    where il2_reading_matters
    group by cutoff_set
),
called as (select distinct coalesce(nullif(batch, ''), left(run_id, 12)) as plate from current_run),
-- A worklist that came again under its name has taken the place of those that came before it, whatever was derived anew since.
came as (select file_id, min(sequence) as first_sequence from store.clinical_import group by file_id),
worklist as (
    select file.*
    from file
    join came using (file_id)
    where file.kind = 'worklists'
    qualify row_number() over (partition by file.name order by came.first_sequence desc) = 1
),
-- A planned visit was kept where a tube of the subject was drawn within a week of its day.
planned as (
    select work.*, worklist.kind || '/' || worklist.name as file_key
    from store.expected_work as work
    join worklist using (import_id)
    where
        work.due_on <= $today
        and (work.plate is null or work.plate not in (select plate from called))
        and (work.specimen_id is null or work.specimen_id not in (select specimen_id from on_a_plate))
        and (
            work.subject_id is null or work.plate is not null or work.specimen_id is not null
            or not exists (
                select 1 from specimen
                where specimen.subject_id = work.subject_id
                    and abs(date_diff('day', specimen.collected_at::date, work.due_on)) <= 7
            )
        )
),
item as (
    select
        *, coalesce(plate, specimen_id, subject_id) as wanted,
        count(distinct coalesce(plate, specimen_id, subject_id)) over (partition by file_key) as wanted_count
    from planned
),
expected as (
    select
        'work_expected' as kind,
        case when wanted_count > 3 then 'file' when plate is not null then 'layout' when specimen_id is not null then 'specimen' else 'subject' end as object_kind,
        if(wanted_count > 3, file_key, wanted) as object_key,
        case when count(distinct coalesce(plate, '')) = 1 then min(plate) end as plate, null as run_id,
        case when count(distinct coalesce(subject_id, '')) = 1 then min(subject_id) end as subject_id,
        count(distinct wanted) as item_count, null as blocks, list(distinct wanted order by wanted) as names, [] as known,
        min(due_on)::varchar as detail
    from item
    group by 2, 3
)
from never_run
union all by name from without_plate
union all by name from hanging
union all by name from expected;
