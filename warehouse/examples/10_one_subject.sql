-- From what was the score of one subject made?
-- subject_id VARCHAR, study_day BIGINT, component VARCHAR, value_display VARCHAR, unit VARCHAR, comparator VARCHAR, cut DOUBLE, point BIGINT, reason VARCHAR
-- Down to the line of the file: pbis explain SUBJECT. Put a subject of yours in the place of the first one.
with
asked as (select min(subject_id) as subject_id from score)
select
    component.subject_id, component.study_day, component.component, component.value_display, component.unit, component.comparator,
    component.cut, component.point, component.reason
from score_component as component
join asked using (subject_id)
join score using (subject_id, cutoff_set)
where score.is_site_set
order by component.component;
