-- One row per specimen x analyte x plate: the concentration of the dilution that counts, or why there is none.
-- is_baseline: of the draw that the score takes.
with
result as (from specimen_result),
owner as (
    select specimen_id, min(subject_id) as subject_id, min(study_day) as study_day
    from result_all
    where specimen_id is not null
    group by specimen_id
),
baseline as (select distinct unnest(specimen_ids) as specimen_id from anchor_draw)
select
    owner.subject_id, owner.study_day, result.specimen_id, 'CYTOKINE' as category, result.analyte as test,
    null::varchar as loinc, result.value, result.value_op, result.value::varchar as value_text, result.unit,
    null::varchar as value_reported, null::varchar as unit_reported,
    case
        when result.value is not null then null
        when result.held_count > 0 then 'awaiting_decision'
        when result.is_contradictory then 'contradictory'
        else coalesce(nullif(result.excluded_because, ''), 'no result')
    end as reason,
    baseline.specimen_id is not null as is_baseline, false as is_derived, result.plate as source
from result
left join owner using (specimen_id)
left join baseline using (specimen_id)
order by subject_id, study_day, specimen_id, test, result.plate, result.assay_id, result.plate_number
