-- One row per subject x cut-off set x component of the latest night that left scores.
select
    subject_id, cutoff_set, component, point, value_op, value_text, unit, reason, is_at_cut, is_near_cut, flip_probability
from score_component
