-- One row per subject x cut-off set x component of the latest night.
create or replace view score_component as
with
latest as (from score_night),
component as (from store.score_component)
select
    component.subject_id, component.cutoff_set, component.component, component.point, component.value_op,
    component.value_text, component.unit, component.cut_text, component.comparator, component.is_at_cut,
    component.is_near_cut, component.flip_probability, component.reason, component.nlr_source
from component
join latest using (night_id);

comment on view score_component is 'one row per subject x cut-off set x component of the latest night';
