-- Which values lie within 10 % of their cut?
-- subject_id VARCHAR, pbis_group VARCHAR, component VARCHAR, value_display VARCHAR, cut DOUBLE, unit VARCHAR, away_pct DOUBLE, flip_probability DOUBLE
-- flip_probability is how probable the value is truly on the other side; empty for NLR and CRP, which no plate measures.
select
    component.subject_id, score.pbis_group, component.component, component.value_display, component.cut, component.unit,
    round(100 * (component.value / component.cut - 1), 1) as away_pct,
    round(component.flip_probability, 3) as flip_probability
from score_component as component
join score using (subject_id, cutoff_set)
where score.is_site_set and component.value_op = '=' and abs(component.value / component.cut - 1) <= 0.1
order by abs(component.value / component.cut - 1), component.subject_id, component.component;
