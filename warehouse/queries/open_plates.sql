-- One row per thing about a plate that waits for a person; $night: the night that asks, whose notes say what could not be computed anew.
-- names: what a sentence lists (barcodes, wells, analytes); known: what a name that is nearly right may have meant.
with
plate as (from plate),
excluded as (from excluded_plate),
-- What is asked of a plate that waits for a decision between twins is that decision alone.
named as (
    select plate.*, coalesce(nullif(run.batch, ''), left(plate.run_id, 12)) as layout_name
    from plate
    join current_run as run using (run_id)
    anti join excluded using (run_id, plate_number)
),
well as (
    select assay_id, plate_number, well, specimen_id
    from store.well
    join current_assay using (assay_id)
    where well_role = 'unknown'
),
owned as (
    select distinct specimen_id
    from store.specimen
    join (select import_id from current_import) using (import_id)
    where subject_id is not null
),
on_a_plate as (select distinct specimen_id from well where specimen_id is not null),
laid_out as (
    select distinct layout_well.plate
    from store.layout_well as layout_well
    join (select import_id from current_import) using (import_id)
),
-- Tubes and layouts that nothing uses: what a mistyped name may mean.
spare as (select coalesce(list(specimen_id order by specimen_id), []) as names from owned anti join on_a_plate using (specimen_id)),
spare_layout as (
    select coalesce(list(laid_out.plate order by laid_out.plate), []) as names
    from laid_out
    anti join (select layout_name as plate from named) as run using (plate)
),
without_layout as (
    select
        'plate_without_layout' as kind, 'plate' as object_kind, named.plate as object_key, named.plate, named.run_id,
        count(*) as item_count, 'results' as blocks, [named.layout_name] as names, any_value(spare_layout.names) as known,
        null as detail
    from named
    join well using (assay_id, plate_number)
    cross join spare_layout
    where named.state is distinct from 'held' and named.layout_file_id is null and well.specimen_id is null
    group by named.plate, named.run_id, named.layout_name
),
-- Of one plate up to three barcodes are slips, each to mend by itself; more are a table that is missing. A tube of a subject who withdrew
-- consent lies under a surrogate in the layout and is registered no more: nobody is to mend that.
unowned as (
    select
        named.plate, named.run_id, well.specimen_id, count(*) as well_count,
        count(*) over (partition by named.run_id, named.plate_number) as barcode_count
    from named
    join well using (assay_id, plate_number)
    anti join owned using (specimen_id)
    where
        named.state is distinct from 'held' and well.specimen_id is not null
        and not regexp_full_match(well.specimen_id, 'withdrawn-[a-p]+')
    group by named.plate, named.run_id, named.plate_number, well.specimen_id
),
without_specimen as (
    select
        'barcode_without_specimen' as kind, if(barcode_count > 3, 'plate', 'specimen') as object_kind,
        if(barcode_count > 3, plate, specimen_id) as object_key, plate, run_id, sum(well_count)::bigint as item_count,
        'results' as blocks, list(specimen_id order by specimen_id) as names, any_value(spare.names) as known, null as detail
    from unowned
    cross join spare
    group by 2, 3, plate, run_id
),
blocked as (
    select
        'plate_blocked_by_sheet' as kind, 'plate' as object_kind, coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as object_key,
        object_key as plate, run.run_id, 1 as item_count, 'results' as blocks, [] as names, [] as known,
        any_value(note.message) as detail
    from store.night_note as note
    join current_run as run on run.run_id = note.sha256
    where note.night_id = $night and note.code = 'blocked_by_sheet'
    group by run.run_id, run.batch
),
held as (
    select
        'held_well' as kind, 'plate' as object_kind, held.plate as object_key, held.plate, held.run_id,
        sum(held.well_count)::bigint as item_count, 'results' as blocks, list(held.wells order by held.wells) as names,
        [] as known, string_agg(held.doubt_reason, '; ' order by held.wells) as detail
    from held_well as held
    group by held.plate, held.run_id
),
twins as (
    select
        'twin' as kind, 'plate' as object_kind,
        least(held.plate, min(other.plate)) || ' (' || left(least(held.run_id, min(other.run_id)), 12) || ')' as object_key,
        least(held.plate, min(other.plate)) as plate, least(held.run_id, min(other.run_id)) as run_id,
        1 + count(*) as item_count, 'results' as blocks,
        list_sort(list_append(list(other.plate || ' of run ' || left(other.run_id, 12)), held.plate || ' of run ' || left(held.run_id, 12))) as names,
        [] as known, null as detail
    from held_plate as held
    join twin on twin.run_id = held.run_id and twin.plate_number = held.plate_number
    join held_plate as other on other.run_id = twin.twin_run_id and other.plate_number = twin.twin_plate_number
    group by held.run_id, held.plate_number, held.plate
),
failed as (
    select
        'failed_plate' as kind, 'plate' as object_kind, plate as object_key, plate, run_id, 1 as item_count,
        'results' as blocks, [] as names, [] as known, regexp_replace(sentence, '(excluded|kept) by .*? on \d{4}-\d\d-\d\d \d\d:\d\d(?:[+-]\d\d:\d\d)? \(([a-z_]+): .*$', '\1 (\2).') as detail
    from named
    where state = 'fail'
),
-- A stale acceptance, a second signature that is missing and a repeat that has not come wait for a person everywhere; the others where only what is
-- accepted scores. What waits for a signature alone keeps no result back.
awaiting as (
    select
        'awaiting_decision' as kind, 'plate' as object_kind, plate.plate as object_key, plate.plate, plate.run_id, 1 as item_count,
        case
            when review.review_state = 'repeat_ordered' or setting.only_accepted and review.review_state <> 'accepted_with_exclusions' then 'results'
        end as blocks,
        [] as names, [] as known,
        case
            when review.review_state = 'accepted_with_exclusions' then 'partly'
            when review.review_state = 'stale' and accepted.plate_content not in (plate.plate_content, plate.run_id) then 'other_export'
            else review.review_state
        end as detail
    from plate
    left join (select *, true as is_out from excluded) as excluded using (run_id, plate_number)
    join plate_review as review using (run_id, plate_number)
    left join store.decision as accepted on accepted.sequence = review.decided_by
    cross join score_setting as setting
    where
        case review.review_state
            when 'accepted' then false
            when 'accepted_with_exclusions' then review.signed = 'partly'
            when 'stale' then true
            when 'repeat_ordered' then true
            else setting.only_accepted
        end
        and review.answered_by_run_id is null and plate.state is distinct from 'held'
        and (excluded.is_out is null or review.review_state in ('rejected', 'repeat_ordered'))
),
alarmed as (
    select
        'trend_alarm' as kind, 'plate' as object_kind, plate || ' ' || rule as object_key, plate, run_id,
        count(distinct coalesce(analyte, '')) as item_count,
        case when bool_or(effect = 'fail_analyte') then 'results' end as blocks,
        list(distinct coalesce(analyte, 'all analytes') order by coalesce(analyte, 'all analytes')) as names, [] as known,
        arg_min(message, coalesce(analyte, '')) as detail
    from trend_alarm
    group by plate, run_id, rule
)
from without_layout
union all by name from without_specimen
union all by name from blocked
union all by name (select distinct * from twins)
union all by name from held
union all by name from failed
union all by name from awaiting
union all by name from alarmed;
