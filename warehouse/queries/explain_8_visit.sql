-- The subject's draws beside the baseline, in the order of time, and what each scores under every cut-off set by the rules of the baseline.
select
    score.days_after_start as study_day, case when visit.has_time then strftime(score.drawn_at, '%H:%M') end as hour,
    score.cutoff_set, score.is_site_set, score.score, score.score_min, score.score_max, score."group", score.nlr_point,
    score.crp_point, score.il12_point, score.il2_point, score.reasons
from score_by_visit as score
left join visit on visit.subject_id = score.subject_id and visit.drawn_at = score.drawn_at
where score.subject_id = $subject and not score.is_baseline
order by score.drawn_at, score.is_site_set desc, score.cutoff_set;
