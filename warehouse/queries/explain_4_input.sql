-- The six inputs: value or reason, and how it was chosen.
select
    measure, value_op, value_text, unit, ci_low, ci_high, reason, detail, specimen_id, collected_at, days_before_start,
    source_kind, source_key, nlr_source, part_keys, plate_cv_pct, plate_cv_count, is_plate_even
from score_input
where subject_id = $subject
order by measure;
