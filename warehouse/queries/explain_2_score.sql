-- The subject's score under every cut-off set, the site's own first.
select
    cutoff_set, is_site_set, score, score_min, score_max, "group", reasons, is_near_cut, is_certain, p_high, p_high_low, p_high_high, p_high_basis, marks, mark_reasons, nlr_point, crp_point, il12_point,
    il2_point, crafity_min, crafity_max
from score
where subject_id = $subject
order by is_site_set desc, cutoff_set;
