-- One row per subject x draw x cut-off set of the latest night: the baseline, which is the score itself, and every other draw that a
-- plate holds, scored by the same rules. Of the latter, laboratory results count that were drawn at most as many days before or
-- after it as the baseline's may lie before the start, on its side of the first dose, the nearest first.
-- The score was found at baseline: what it means under treatment is not known.
create or replace view score_by_visit as
with
score as (from score),
other as (from visit_score),
baseline as (select subject_id, drawn_at from visit where is_baseline),
every as (
    select score.*, baseline.drawn_at, true as is_baseline
    from score
    left join baseline using (subject_id)
    union all by name
    select other.*, false as is_baseline
    from other
)
select
    subject_id, drawn_at, date_diff('day', treatment_started_on, drawn_at::date) as days_after_start, is_baseline, cohort,
    treatment_started_on, cutoff_set, is_site_set, score, score_min, score_max, "group", reasons, is_near_cut, nlr_point,
    crp_point, il12_point, il2_point, crafity_min, crafity_max, marks, mark_reasons, is_certain, p_high, p_high_low,
    p_high_high, p_high_basis
from every;

comment on view score_by_visit is 'one row per subject x draw x cut-off set of the latest night: the baseline, which is the score itself, and every other draw that a plate holds, scored by the same rules';
comment on column score_by_visit.drawn_at is 'draw whose cytokines count; null for a baseline without one';
comment on column score_by_visit.days_after_start is 'calendar days from treatment start to draw; negative before it';
comment on column score_by_visit.is_baseline is 'the draw of the score';
comment on column score_by_visit.cohort is 'cohort';
comment on column score_by_visit.treatment_started_on is 'treatment start';
