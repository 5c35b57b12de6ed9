-- Each component: the value that was compared, and the cut that it was compared with.
select
    score_component.cutoff_set, score_component.component, score_component.point, score_component.value_op,
    score_component.value_text, score_component.unit, score_component.comparator, score_component.cut_text,
    score_component.is_at_cut, score_component.is_near_cut, score_component.flip_probability, score_component.reason,
    cutoff_current.status as cut_status, cutoff_current.source as cut_source
from score_component
join score using (subject_id, cutoff_set)
left join cutoff_current
    on cutoff_current.cutoff_set = score_component.cutoff_set and cutoff_current.score_name = 'pbis'
    and cutoff_current.component = score_component.component
where score_component.subject_id = $subject
order by score.is_site_set desc, score_component.cutoff_set, score_component.component;
