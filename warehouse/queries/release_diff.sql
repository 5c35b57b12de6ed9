-- One row per change between two releases that stands at the second: what was changed and changed back in between is not told; cause_kinds
-- and cause_keys, of one length, are the causes of every step between, and causes says them in words. $before, $after: names of releases.
with
between_them as (
    select change.*
    from release_change as change
    where
        change.sequence > (select sequence from store.release_made where release = $before)
        and change.sequence <= (select sequence from store.release_made where release = $after)
),
named as (
    select
        between_them.*,
        case cause_kind
            when 'plate' then 'plate ' || coalesce(run.batch, '') || ' (' || left(cause_key, 12) || ')'
            when 'decision' then 'decision ' || cause_key
            when 'configuration' then 'configuration ' || left(cause_key, 12)
            when 'code' then 'program ' || cause_key
            else case cause_kind when 'retraction' then 'taken back: ' else 'laboratory: ' end
                || coalesce('line ' || nullif(split_part(cause_key, ':', 2), '') || ' of ', '')
                || coalesce(file.name, left(cause_key, 12))
        end as cause
    from between_them
    left join store.run as run on cause_kind = 'plate' and run.run_id = cause_key
    left join store.clinical_file as file
        on cause_kind in ('laboratory_result', 'retraction') and file.file_id = split_part(cause_key, ':', 1)
),
net as (
    select
        subject_id, run_id, plate_number, what,
        arg_min({'told': before}, sequence).told as before,
        arg_max({'told': after}, sequence).told as after,
        list_sort(list(distinct {'kind': cause_kind, 'key': cause_key, 'words': cause})) as cause
    from named
    group by subject_id, run_id, plate_number, what
),
-- Of a subject that one of the two does not show, its group is told and nothing else.
presence as (select subject_id, before is not null as was_here, after is not null as is_here from net where what = 'subject')
select
    net.subject_id, net.run_id, net.plate_number, coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as plate, net.what,
    net.before, net.after, [each.kind for each in net.cause] as cause_kinds, [each.key for each in net.cause] as cause_keys,
    array_to_string([each.words for each in net.cause], '; ') as causes
from net
left join presence using (subject_id)
left join store.run as run on run.run_id = net.run_id
where
    net.before is distinct from net.after
    and (presence.subject_id is null or was_here and is_here or (was_here or is_here) and net.what in ('subject', 'group'))
order by net.subject_id nulls first, plate, net.run_id, net.plate_number, net.what
