-- One row per treated subject x score measure x laboratory result x way to it: can it be chosen, and how far is it from the anchor?
-- The distance is to the cytokine draw in seconds, in whole days where either has no time; to the start where no draw is.
create or replace view lab_candidate as
with
subject as (select subject_id, started_at from subject_start),
anchor as (from anchor_draw),
draw as (from draw_window where source = 'lab'),
lab as (from lab_value)
select
    lab.subject_id, lab.measure, lab.dimension, lab.method_rank, lab.way_rank, lab.specimen_id, lab.collected_at, lab.has_time,
    lab.value_op, lab.value_text, lab.unit, lab.reason, lab.detail, lab.source_key, lab.part_keys, lab.leukocytes,
    draw.days_before_start, draw.window_state,
    coalesce(draw.is_same_day_unordered, false) as is_same_day_unordered,
    coalesce(draw.is_eligible, false) as is_eligible,
    coalesce(draw.is_eligible, false) and (lab.reason is null or lab.reason = 'duplicate_conflict') as is_settled,
    anchor.collected_at as anchor_at,
    case
        when anchor.collected_at is null then abs(epoch(subject.started_at) - epoch(lab.collected_at))
        when anchor.has_time and lab.has_time then abs(epoch(anchor.collected_at) - epoch(lab.collected_at))
        else 86400 * abs(date_diff('day', lab.collected_at::date, anchor.collected_at::date))
    end as distance_seconds
from lab
join subject using (subject_id)
left join anchor on anchor.subject_id = lab.subject_id
left join draw
    on draw.subject_id = lab.subject_id and draw.collected_at = lab.collected_at and draw.has_time = lab.has_time;

comment on view lab_candidate is 'one row per treated subject x score measure x laboratory result x way to it: can it be chosen, and how far is it from the anchor?';
comment on column lab_candidate.measure is 'neutrophils, lymphocytes, crp or afp';
comment on column lab_candidate.source_key is 'file_id:line';
comment on column lab_candidate.is_same_day_unordered is 'drawn on the day of the first dose with no times to order them';
comment on column lab_candidate.is_eligible is 'drawn inside the window';
comment on column lab_candidate.is_settled is 'eligible, and a value or a conflict that a person must settle: no other specimen may stand in for it';
comment on column lab_candidate.anchor_at is 'the cytokine draw, site wall time';
comment on column lab_candidate.distance_seconds is 'distance to the cytokine draw, seconds';
