-- One row per subject x draw x cut-off set of the latest night: the baseline, which is the score itself, and every other draw that a plate holds, scored by the same rules.
create or replace view main.score_by_visit as
with
scored as (
    select
        *,
        case when drawn_at is not null then dense_rank() over (partition by subject_id order by drawn_at) end as draw_number
    from internal.score_by_visit
)
select
    scored.subject_id, scored.cohort, scored.days_after_start as study_day, scored.draw_number, scored.is_baseline,
    scored.cutoff_set, scored.is_site_set, scored.score, scored.score_min, scored.score_max,
    scored."group" as pbis_group, scored.reasons, scored.is_near_cut, scored.nlr_point, scored.crp_point,
    scored.il12_point, scored.il2_point, scored.crafity_min, scored.crafity_max, scored.marks, scored.mark_reasons,
    scored.is_certain, scored.p_high, scored.p_high_low, scored.p_high_high, scored.p_high_basis
from scored;

comment on view main.score_by_visit is 'one row per subject x draw x cut-off set of the latest night: the baseline, which is the score itself, and every other draw that a plate holds, scored by the same rules';
comment on column main.score_by_visit.cohort is 'cohort';
comment on column main.score_by_visit.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.score_by_visit.draw_number is '1 for the first draw of the subject that is scored, 2 for the next; it tells two draws of one day apart; null for a baseline without a draw';
comment on column main.score_by_visit.pbis_group is 'high, low, indeterminate or not_scored';
