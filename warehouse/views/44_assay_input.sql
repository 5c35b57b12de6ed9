-- One row per treated subject x assay measure: the value that the score takes, or the precise reason why there is none.
create or replace view assay_input as
with
subject as (from subject_start),
wanted as (from analyte_for_score),
anchor as (from anchor_draw),
drawn as (from draw_result),
setting as (select window_days from score_setting),
-- The specimen that comes nearest to being eligible speaks for a subject who has none that is.
unusable as (
    from eligible_draw
    where not is_eligible
    qualify row_number() over (
        partition by subject_id
        order by
            (window_state in ('in_window', 'same_day_unordered')) desc nulls last,
            abs(days_before_start) nulls last, collected_at, specimen_id
    ) = 1
),
measured as (
    select
        anchor.subject_id,
        array_to_string(list_sort(list_distinct(list(result.analyte) filter (scoring.assay_id is not null))), ', ') as analytes,
        array_to_string(list_sort(list_distinct(list(current_assay.panel))), ', ') as panels
    from (select subject_id, unnest(specimen_ids) as specimen_id from anchor) as anchor
    join store.well as well on well.specimen_id = anchor.specimen_id
    join store.result as result using (assay_id, plate_number, well)
    join current_assay on current_assay.assay_id = result.assay_id
    left join scoring_assay as scoring on scoring.assay_id = result.assay_id
    group by anchor.subject_id
),
joined as (
    select
        subject.subject_id, wanted.measure, wanted.analyte, subject.reason as start_reason, subject.detail as start_detail,
        anchor.subject_id is not null as has_anchor, anchor.is_assayed, anchor.specimen_ids,
        anchor.collected_at as anchor_at, anchor.days_before_start as anchor_days,
        anchor.is_same_day_unordered as anchor_unordered,
        unusable.specimen_id as unusable_id, unusable.reason as unusable_reason, unusable.window_state,
        unusable.collected_at as unusable_at, unusable.days_before_start as unusable_days,
        measured.analytes, measured.panels, setting.window_days,
        drawn.measure is not null as is_measured, drawn.value_op, drawn.value, drawn.unit, drawn.ci_low, drawn.ci_high,
        drawn.reason as drawn_reason, drawn.source_key, drawn.specimen_id as drawn_id, drawn.plates, drawn.plate_count,
        drawn.used_plate_count, drawn.reading_count, drawn.used_count, drawn.excluded_count, drawn.excluded_because,
        drawn.held_plates, drawn.waiting_plates, drawn.contradictory_plates, drawn.other_dilution_count, drawn.cv_pct, drawn.lowest, drawn.highest, drawn.dilution_difference_pct,
        len(drawn.materials) as material_count, len(drawn.left_out_materials) > 0 as has_left_out
    from subject
    cross join wanted
    cross join setting
    left join anchor on anchor.subject_id = subject.subject_id
    left join unusable on unusable.subject_id = subject.subject_id
    left join measured on measured.subject_id = subject.subject_id
    left join drawn on drawn.subject_id = subject.subject_id and drawn.measure = wanted.measure
)
select
    subject_id, measure, analyte, value_op, value::varchar as value_text, unit, ci_low, ci_high,
    case
        when start_reason is not null then start_reason
        when has_anchor and is_measured then drawn_reason
        when has_anchor and (is_assayed or panels is not null) then 'assay_mismatch'
        when has_anchor then 'not_received'
        when unusable_id is not null then unusable_reason
        else 'not_ordered'
    end as reason,
    case
        when start_reason is not null then start_detail
        when has_anchor and is_measured then
            case drawn_reason
                when 'failed_qc' then format('{} of {} on {} kept out: {}', if(reading_count = 1, 'the one reading', format('all {} readings', reading_count)), drawn_id, plates || if(reading_count = 1, ' is', ' are'), excluded_because)
                when 'awaiting_decision' then
                    case
                        when held_plates is not null then
                            format('{} is on {}, held until a person decides which of the plates with the same readings or name is right, or whether what was said of an earlier export holds (pbis decide)', drawn_id, held_plates)
                        when waiting_plates is not null then
                            format('{} is on {}: a plate answers once a person has accepted it as it is now', drawn_id, waiting_plates)
                        else format('{} of {} on {} for a person: {}', if(reading_count = 1, 'the one reading', format('all {} readings', reading_count)), drawn_id, plates || if(reading_count = 1, ' waits', ' wait'), excluded_because)
                    end
                when 'assay_mismatch' then format('the tubes of the draw on {} are of {} materials, in none of which the score was found', plates, material_count)
                when 'unit_ambiguous' then format('plates {} report {} in different units', plates, drawn_id)
                when 'duplicate_conflict' then
                    case
                        when lowest is null or lowest = highest and cv_pct is null then
                            format('readings of {} on {} contradict each other about the range', drawn_id, plates)
                        else format('plates {} give {} to {} for {}, CV {} %', plates, lowest, highest, drawn_id, coalesce(round(cv_pct, 1)::varchar, '-'))
                    end
                else
                    format('{} of {} of {} on {}', used_count, if(reading_count = 1, '1 reading', format('{} readings', reading_count)), drawn_id, plates)
                    || case when used_plate_count > 1 and cv_pct is not null then format(', geometric mean of {} plates, CV {} %', used_plate_count, round(cv_pct, 1)) else '' end
                    || case when other_dilution_count > 0 then format(', {} at another dilution', other_dilution_count) else '' end
                    || case when excluded_count > 0 then format(', {} kept out: {}', excluded_count, coalesce(excluded_because, 'not stated')) else '' end
                    || case when contradictory_plates is not null then format(', those on {} contradict each other about the range', contradictory_plates) else '' end
                    || case when waiting_plates is not null then format(', not asked before a person accepts it: {}', waiting_plates) else '' end
                    || case when has_left_out then ', tubes of another material than that of the score left out' else '' end
                    || case when dilution_difference_pct is not null then format(', dilutions differ by {} %', round(dilution_difference_pct)) else '' end
            end
        when has_anchor and is_assayed then format('the plate measures {}, not {}', coalesce(analytes, 'nothing'), analyte)
        when has_anchor and panels is not null then
            format('{} is on plates of {} only, and no kit of these scores at this site', list_aggregate(specimen_ids, 'string_agg', ', '), panels)
        when has_anchor then format('no current plate holds {}', list_aggregate(specimen_ids, 'string_agg', ', '))
        when unusable_reason = 'outside_window' then
            case
                when window_state = 'too_early' then format('{} was drawn {} before the start, more than {}', unusable_id, if(unusable_days = 1, '1 day', format('{} days', unusable_days)), window_days)
                when window_state = 'after_start' then format('{} was drawn {} after the start', unusable_id, if(unusable_days = -1, '1 day', format('{} days', -unusable_days)))
                else format('{} was drawn after the first dose', unusable_id)
            end
        when unusable_id is not null then format('{} cannot be used: {}', unusable_id, unusable_reason)
        else 'no specimen of the subject is registered'
    end as detail,
    source_key,
    coalesce(drawn_id, specimen_ids[1], unusable_id) as specimen_id,
    coalesce(anchor_at, unusable_at) as collected_at,
    case when has_anchor then anchor_days else unusable_days end as days_before_start,
    coalesce(anchor_unordered, false) as is_same_day_unordered
from joined;

comment on view assay_input is 'one row per treated subject x assay measure: the value that the score takes, or why there is none';
comment on column assay_input.measure is 'il12 or il2';
comment on column assay_input.value_op is '=, < or >; null where there is a reason';
comment on column assay_input.value_text is 'decimal text of value or bound in unit';
comment on column assay_input.reason is 'why there is no usable value, from the closed list; null where there is one';
comment on column assay_input.detail is 'how the value was chosen, or why there is none, in one sentence';
comment on column assay_input.days_before_start is 'calendar days from draw to treatment start';
comment on column assay_input.specimen_id is 'specimen barcode';
comment on column assay_input.collected_at is 'collection, site wall time';
