-- One row per subject x component under the set that the site reports, in the order of the score. Days, not dates: a release has no calendar.
with
latest as (from score_night),
site_set as (
    select score.subject_id, score.cutoff_set
    from store.score as score
    join latest using (night_id)
    where score.is_site_set
),
-- The NLR is made of two measures of one specimen.
measure (component, measure, place) as (
    values ('nlr', 'neutrophils', 1), ('crp', 'crp', 2), ('il12', 'il12', 3), ('il2', 'il2', 4)
),
drawn as (
    select input.subject_id, input.measure, input.days_before_start
    from store.score_input as input
    join latest using (night_id)
)
select
    component.subject_id::varchar as subject_id, component.component::varchar as component, component.point::bigint as point,
    component.value_op::varchar as value_op, component.value_text::varchar as value_text, component.unit::varchar as unit,
    component.comparator::varchar as comparator, component.cut_text::varchar as cut_text,
    component.reason::varchar as reason, component.is_at_cut::boolean as is_at_cut,
    component.is_near_cut::boolean as is_near_cut, -drawn.days_before_start::bigint as study_day
from store.score_component as component
join latest using (night_id)
join site_set using (subject_id, cutoff_set)
join measure on measure.component = component.component
left join drawn on drawn.subject_id = component.subject_id and drawn.measure = measure.measure
order by component.subject_id, measure.place;
