-- What the join reads, once more, with each visit but the baseline in the place of a subject whose treatment starts at its draw.
-- Laboratory results count up to window_days calendar days before and after the draw, on its own side of the first dose: what was
-- measured before treatment says nothing about a patient under it, and the other way round.
create temp table scored_visit as
select *, subject_id || ' at ' || drawn_at::varchar as visit_id
from visit
where not is_baseline;

create temp table by_visit_subject_start as
select subject.* replace (
    visit.visit_id as subject_id, visit.drawn_at as started_at, visit.has_time as has_time, visit.drawn_at::date as started_on,
    1 as start_count
)
from scored_visit as visit
join subject_start as subject on subject.subject_id = visit.subject_id;

create temp table by_visit_draw_window as
with
near as (
    select
        lab.source, visit.visit_id as subject_id, lab.collected_at, lab.has_time,
        date_diff('day', lab.collected_at::date, visit.drawn_at::date) as days_before_start,
        visit.is_under_treatment,
        (lab.window_state in ('after_start', 'after_first_dose')) = visit.is_under_treatment as is_of_its_side,
        setting.window_days
    from scored_visit as visit
    join draw_window as lab on lab.subject_id = visit.subject_id and lab.source = 'lab'
    cross join (select window_days from score_setting) as setting
)
select
    source, subject_id, collected_at, has_time, days_before_start,
    case
        when is_of_its_side and abs(days_before_start) <= window_days then 'in_window'
        when not is_of_its_side and not is_under_treatment then 'after_first_dose'
        when days_before_start >= 0 then 'too_early'
        else 'after_start'
    end as window_state,
    window_state = 'in_window' as is_eligible,
    false as is_same_day_unordered
from near;

create temp table by_visit_eligible_draw as
select draw.* replace (visit.visit_id as subject_id, true as is_eligible, null::varchar as reason)
from scored_visit as visit
join eligible_draw as draw
    on draw.subject_id = visit.subject_id and list_contains(visit.specimen_ids, draw.specimen_id);

create temp table by_visit_anchor_draw as
select
    visit_id as subject_id, drawn_at as collected_at, has_time, 0::bigint as days_before_start, false as is_same_day_unordered,
    true as is_assayed, specimen_ids
from scored_visit;

create temp table by_visit_lab_value as
select lab.* replace (visit.visit_id as subject_id)
from scored_visit as visit
join lab_value as lab on lab.subject_id = visit.subject_id;

create temp table by_visit_sent_lab as
select sent.* replace (visit.visit_id as subject_id)
from scored_visit as visit
join sent_lab as sent on sent.subject_id = visit.subject_id;

create temp table by_visit_claimed_lab as
select claimed.* replace (visit.visit_id as subject_id)
from scored_visit as visit
join claimed_lab as claimed on claimed.subject_id = visit.subject_id;
