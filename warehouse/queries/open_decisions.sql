-- One row per standing decision about a plate that touches nothing: its plate is read otherwise now, or lacks what it names. Where it took results out,
-- the plate is held until somebody decides about its later export. An acceptance of an export that was replaced is told as the stale review that it is
-- (open_plates.sql).
with
decision as (
    from decision
    anti join (select decided_by as sequence from plate_review where review_state = 'stale') as stale using (sequence)
    where is_standing and kind in ('exclude', 'keep', 'release', 'accept', 'reject', 'repeat')
),
assay as (select run_id, assay_id from current_assay),
holding as (select distinct sequence from kept_back),
placed as (
    select decision.*, assay.assay_id
    from decision
    left join assay using (run_id)
),
touching as (
    select distinct placed.sequence
    from placed
    join store.well as well
        on well.assay_id = placed.assay_id and well.plate_number = placed.plate_number
        and (placed.well is null or placed.well = well.well)
    where
        (placed.analyte is null or exists (
            select 1 from store.result as result
            where result.assay_id = placed.assay_id and result.plate_number = placed.plate_number and result.analyte = placed.analyte
        ))
        and (placed.replicate_group is null or exists (
            select 1 from store.result as result
            where result.assay_id = placed.assay_id and result.plate_number = placed.plate_number
                and (result.replicate_group = placed.replicate_group
                    or placed.replicate_group = 'specimen-' || left(sha256(regexp_replace(result.replicate_group, ' x[^ ]*$', '')), 12)
                        || regexp_extract(result.replicate_group, ' x[^ ]*$'))
        ))
)
select
    'decision_not_applying' as kind, 'decision' as object_kind, sequence::varchar as object_key, min(plate) as plate,
    null as run_id, null as subject_id, 1 as item_count, case when bool_or(holding.sequence is not null) then 'results' end as blocks,
    list_filter([min(plate), min(well), min(replicate_group), min(analyte)], lambda each: each is not null) as names,
    [] as known, min(placed.kind) as detail
from placed
left join holding using (sequence)
anti join touching using (sequence)
group by sequence;
