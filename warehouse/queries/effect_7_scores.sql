-- One row per subject x cut-off set of the latest night that left scores.
select
    subject_id, cutoff_set, score, score_min, score_max, "group", reasons, is_certain, is_near_cut, marks, p_high
from score
