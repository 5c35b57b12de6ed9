-- One row per subject x cut-off set of the newest night: the score, and each component's value, point and reason beside it.
with
score as (from score),
part as (
    select
        subject_id, cutoff_set,
        max(value_op) filter (component = 'nlr') as nlr_value_op, max(value_text) filter (component = 'nlr') as nlr_value_text,
        max(unit) filter (component = 'nlr') as nlr_unit, max(reason) filter (component = 'nlr') as nlr_reason,
        max(value_op) filter (component = 'crp') as crp_value_op, max(value_text) filter (component = 'crp') as crp_value_text,
        max(unit) filter (component = 'crp') as crp_unit, max(reason) filter (component = 'crp') as crp_reason,
        max(value_op) filter (component = 'il12') as il12_value_op, max(value_text) filter (component = 'il12') as il12_value_text,
        max(unit) filter (component = 'il12') as il12_unit, max(reason) filter (component = 'il12') as il12_reason,
        max(value_op) filter (component = 'il2') as il2_value_op, max(value_text) filter (component = 'il2') as il2_value_text,
        max(unit) filter (component = 'il2') as il2_unit, max(reason) filter (component = 'il2') as il2_reason
    from score_component
    group by subject_id, cutoff_set
)
select
    row_number() over (order by score.subject_id, score.cutoff_set)::bigint as seq,
    score.subject_id, score.cohort, score.cutoff_set, score.is_site_set,
    score.score, score.score_min, score.score_max, score."group" as pbis_group, score.is_certain, score.is_near_cut, score.reasons,
    score.nlr_point, try_cast(part.nlr_value_text as double) as nlr_value, part.nlr_value_op, part.nlr_value_text, part.nlr_unit,
    part.nlr_reason,
    score.crp_point, try_cast(part.crp_value_text as double) as crp_value, part.crp_value_op, part.crp_value_text, part.crp_unit,
    part.crp_reason,
    score.il12_point, try_cast(part.il12_value_text as double) as il12_value, part.il12_value_op, part.il12_value_text,
    part.il12_unit, part.il12_reason,
    score.il2_point, try_cast(part.il2_value_text as double) as il2_value, part.il2_value_op, part.il2_value_text, part.il2_unit,
    part.il2_reason,
    score.p_high, score.p_high_low, score.p_high_high, score.p_high_basis, score.marks, score.mark_reasons,
    score.crafity_min, score.crafity_max
from score
left join part on part.subject_id = score.subject_id and part.cutoff_set = score.cutoff_set
order by seq
