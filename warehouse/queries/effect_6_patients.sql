-- One row per subject of the latest night that left scores: its score as the site reports it, under the set that it has chosen.
select
    subject_id, cutoff_set, score, score_min, score_max, "group", reasons, is_certain, is_near_cut, marks, p_high
from score
where is_site_set
