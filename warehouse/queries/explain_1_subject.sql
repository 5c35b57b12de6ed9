-- Treatment start of the subject and every specimen of it, with the reason why a draw does or does not count.
select
    subject_start.subject_id, subject_start.cohort, subject_start.regimen, subject_start.started_at,
    subject_start.other_lines,
    eligible_draw.specimen_id, eligible_draw.collected_at, eligible_draw.has_time, eligible_draw.days_before_start, eligible_draw.window_state,
    eligible_draw.is_eligible, eligible_draw.is_assayed, eligible_draw.reason
from subject_start
left join eligible_draw using (subject_id)
where subject_start.subject_id = $subject
order by eligible_draw.collected_at, eligible_draw.specimen_id;
