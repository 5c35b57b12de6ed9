-- What do the other draws of a subject score?
-- subject_id VARCHAR, draw_number BIGINT, study_day BIGINT, is_baseline BOOLEAN, score_min BIGINT, score_max BIGINT, pbis_group VARCHAR
-- Only subjects with more than one draw on a plate. What a score means under treatment is not known.
select subject_id, draw_number, study_day, is_baseline, score_min, score_max, pbis_group
from score_by_visit
where is_site_set
qualify count(draw_number) over (partition by subject_id) > 1
order by subject_id, draw_number nulls first;
