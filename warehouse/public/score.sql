-- One row per subject x cut-off set of the latest night.
create or replace view main.score as
select
    score.subject_id, score.cohort, scored.study_day, score.cutoff_set, score.is_site_set, score.score,
    score.score_min, score.score_max, score."group" as pbis_group, score.reasons, score.is_near_cut, score.nlr_point,
    score.crp_point, score.il12_point, score.il2_point, score.crafity_min, score.crafity_max, score.marks,
    score.mark_reasons, score.is_certain, score.p_high, score.p_high_low, score.p_high_high, score.p_high_basis
from internal.score as score
left join internal.scored_subject as scored using (subject_id);

comment on view main.score is 'one row per subject x cut-off set of the latest night';
comment on column main.score.cohort is 'cohort';
comment on column main.score.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
comment on column main.score.pbis_group is 'high, low, indeterminate or not_scored';
