-- Who would get or lose the point of IL-2 if its cut were 5 pg/mL?
-- subject_id VARCHAR, pbis_group VARCHAR, value_display VARCHAR, unit VARCHAR, point BIGINT, point_then BIGINT
-- A bound decides only where it lies on one side of the cut. Whole scores under another cut: pbis score --site my-site --what-if IL2=5pg/mL.
with
proposed as (select 5.0::double as cut),
judged as (
    select
        component.subject_id, score.pbis_group, component.value_display, component.unit, component.point,
        case
            when component.value_op = '=' then (component.value >= proposed.cut)::bigint
            when component.value_op = '<' and component.value <= proposed.cut then 0
            when component.value_op = '>' and component.value >= proposed.cut then 1
        end as point_then
    from score_component as component
    join score using (subject_id, cutoff_set)
    cross join proposed
    where score.is_site_set and component.component = 'il2' and component.unit = 'pg/mL'
)
select subject_id, pbis_group, value_display, unit, point, point_then
from judged
where point is distinct from point_then
order by subject_id;
