-- One row per kind of thing that plates, patients or files lack: how many lack it, and of plates the first and the last month in which they were read.
-- item_count: plates, files or patients; part_count: wells or rows of them, of refused files the different causes.
with
item as (from open_item),
refused as (
    select
        refusal.kind || '/' || refusal.name as object_key, arg_max(refusal.reason, night.sequence) as reason,
        arg_max(regexp_replace(refusal.message, '^.*?: ', ''), night.sequence) as cause  -- behind the name of the file and the line
    from store.refusal as refusal
    join store.night as night using (night_id)
    group by all
),
read_on as (select run_id, min(started_at) as started_at from plate group by run_id),
waiting as (
    select
        case
            when item.kind = 'file_in_quarantine' and not starts_with(item.object_key, 'plates/') then 'clinical_file'
            when refused.reason = 'PanelMismatch' then 'kit'
            when refused.reason = 'NoStandards' then 'lot_values'
            when refused.reason = 'UnrecognisedFormat' then 'format'
            when item.kind = 'file_in_quarantine' then 'plate_file'
            when item.kind in (
                'plate_without_layout', 'barcode_without_specimen', 'lab_without_linkage', 'plate_blocked_by_sheet',
                'layout_without_plate', 'sheet_without_plate', 'specimen_never_run', 'patient_without_plate'
            ) then item.kind
        end as area,
        item.item_count, read_on.started_at, refused.cause
    from item
    left join refused on item.kind = 'file_in_quarantine' and refused.object_key = item.object_key
    left join read_on using (run_id)
),
lacking as (
    select
        area, count(*) as item_count, coalesce(nullif(count(distinct cause), 0), sum(item_count))::bigint as part_count,
        min(started_at) as first_at, max(started_at) as last_at
    from waiting
    where area is not null
    group by area
),
-- A value that never came; one that came and cannot be used is no gap, and is told by the score.
unscored as (
    select if(component.component in ('crp', 'nlr'), 'lab_value', 'cytokine_value') as area, component.subject_id
    from score_component as component
    join score using (subject_id, cutoff_set)
    where score.is_site_set and component.reason in ('not_ordered', 'not_received')
),
patients as (
    select area, count(distinct subject_id) as item_count, count(*) as part_count, null as first_at, null as last_at
    from unscored
    group by area
)
from lacking
union all by name from patients
order by area;
