-- One row per subject x draw that the score does not take x cut-off set of the latest night.
create or replace view visit_score as
with
latest as (from score_night),
score as (from store.visit_score)
select
    score.subject_id, score.drawn_at, score.cohort, score.treatment_started_on, score.cutoff_set, score.is_site_set,
    score.score, score.score_min, score.score_max, score."group", score.reasons, score.is_near_cut, score.nlr_point,
    score.crp_point, score.il12_point, score.il2_point, score.crafity_min, score.crafity_max, score.marks,
    score.mark_reasons, score.is_certain, score.p_high, score.p_high_low, score.p_high_high, score.p_high_basis
from score
join latest using (night_id);

comment on view visit_score is 'one row per subject x draw that the score does not take x cut-off set of the latest night';
