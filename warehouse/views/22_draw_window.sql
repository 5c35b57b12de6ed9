-- One row per treated subject x source x draw (source: specimen for cytokines, lab for clinical laboratory tests): does it
-- fall into the window?
-- Rule 2: 0 <= start - draw <= window, in calendar days; on the day of the first dose a draw counts if it came before it,
-- and is flagged where the times do not tell.
create or replace view draw_window as
with
setting as (select window_days from score_setting),
subject as (from subject_start),
imported as (select import_id from current_import),
lab as (
    select subject_id, collected_at, has_time
    from store.clinical_lab
    join imported using (import_id)
),
drawn as (
    select 'specimen' as source, subject_id, collected_at, has_time from specimen_current
    union
    select 'lab' as source, subject_id, collected_at, has_time from lab
),
counted as (
    select
        drawn.source, drawn.subject_id, drawn.collected_at, drawn.has_time, subject.started_at,
        date_diff('day', drawn.collected_at::date, subject.started_on) as days_before_start,
        drawn.has_time and subject.has_time and drawn.collected_at <> subject.started_at as is_ordered,
        setting.window_days
    from drawn
    join subject using (subject_id)
    cross join setting
    where drawn.collected_at is not null
)
select
    source, subject_id, collected_at, has_time, days_before_start,
    case
        when days_before_start is null then 'no_start'
        when days_before_start > window_days then 'too_early'
        when days_before_start < 0 then 'after_start'
        when days_before_start = 0 and is_ordered and collected_at > started_at then 'after_first_dose'
        when days_before_start = 0 and not is_ordered then 'same_day_unordered'
        else 'in_window'
    end as window_state,
    window_state in ('in_window', 'same_day_unordered') as is_eligible,
    window_state = 'same_day_unordered' as is_same_day_unordered
from counted;

comment on view draw_window is 'one row per treated subject x source x draw: does it fall into the window before treatment?';
comment on column draw_window.subject_id is 'study id';
comment on column draw_window.collected_at is 'collection, site wall time';
comment on column draw_window.has_time is 'false where only the date of collection is known';
comment on column draw_window.days_before_start is 'calendar days from draw to treatment start; negative after it';
comment on column draw_window.window_state is 'in_window, same_day_unordered, too_early, after_start, after_first_dose or no_start';
comment on column draw_window.is_eligible is 'the draw counts as baseline';
comment on column draw_window.is_same_day_unordered is 'drawn on the day of the first dose with no times to order them';
comment on column draw_window.source is 'specimen or lab';
