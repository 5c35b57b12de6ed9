-- One row per subject x draw that the score does not take x measure of the latest night: what the scores of the draw were computed from.
create or replace view visit_input as
with
latest as (from score_night),
input as (from store.visit_input)
select
    input.subject_id, input.drawn_at, input.cohort, input.treatment_started_on, input.measure, input.value_op, input.value_text,
    input.unit, input.ci_low, input.ci_high, input.reason, input.detail, input.source_kind, input.source_key, input.specimen_id,
    input.collected_at, input.days_before_start, input.is_same_day_unordered, input.nlr_source, input.part_keys,
    input.plate_cv_pct, input.plate_cv_count, input.is_plate_even
from input
join latest using (night_id);

comment on view visit_input is 'one row per subject x draw that the score does not take x measure of the latest night: what the scores of the draw were computed from';

