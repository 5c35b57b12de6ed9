-- One row per treated subject x draw whose cytokines count: the baseline that the score takes, and every other draw that a plate holds.
-- Tubes of one moment are one draw. A draw that cannot be used whatever its window (whose it is, or when, is not known) is none.
create or replace view visit as
with
subject as (from subject_start where reason is null),
draw as (from eligible_draw where window_state <> 'no_start' and (reason is null or reason = 'outside_window')),
anchor as (from anchor_draw),
drawn as (
    select
        draw.subject_id, draw.collected_at as drawn_at, bool_and(draw.has_time) as has_time,
        min(-draw.days_before_start) as days_after_start,
        bool_or(coalesce(list_contains(anchor.specimen_ids, draw.specimen_id), false)) as is_baseline,
        bool_or(draw.window_state in ('after_start', 'after_first_dose')) as is_under_treatment,
        bool_or(draw.is_assayed) as is_assayed,
        list(draw.specimen_id order by draw.specimen_id) as specimen_ids
    from draw
    join subject using (subject_id)
    left join anchor on anchor.subject_id = draw.subject_id and anchor.collected_at = draw.collected_at
    group by draw.subject_id, draw.collected_at
)
select subject_id, drawn_at, has_time, days_after_start, is_baseline, is_under_treatment, specimen_ids
from drawn
where is_assayed or is_baseline;

comment on view visit is 'one row per treated subject x draw whose cytokines count: the baseline that the score takes, and every other draw that a plate holds';
comment on column visit.drawn_at is 'when its tubes were drawn';
comment on column visit.has_time is 'drawn_at has a time of day';
comment on column visit.days_after_start is 'calendar days from treatment start to draw; negative before it';
comment on column visit.is_baseline is 'the draw that the score takes';
comment on column visit.is_under_treatment is 'drawn after the first dose';
comment on column visit.specimen_ids is 'specimens of the draw';
