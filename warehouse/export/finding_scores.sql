-- One row per subject x cut-off set: the score of the draw before treatment, or why it is no number; value_reported is its group.
-- is_baseline: of the set that the site reports.
with
score as (from score),
draw as (select subject_id, -days_before_start as study_day, specimen_ids[1] as specimen_id from anchor_draw)
select
    score.subject_id, draw.study_day, draw.specimen_id, 'BIOMARKER SCORE' as category, 'PBIS' as test,
    null::varchar as loinc, score.score::double as value, case when score.score is not null then '=' end as value_op,
    score.score::varchar as value_text, null::varchar as unit, score."group" as value_reported, null::varchar as unit_reported,
    case when score.score is null then coalesce(nullif(score.reasons, ''), 'not certain') end as reason,
    score.is_site_set as is_baseline, true as is_derived, score.cutoff_set as source
from score
left join draw on draw.subject_id = score.subject_id
order by score.subject_id, score.cutoff_set
