-- How did the patients of each group fare?
-- pbis_group VARCHAR, patients BIGINT, deaths BIGINT, median_months_observed DOUBLE, responses BIGINT
-- Crude counts of patients with an outcome. Months until death or last seen are neither survival nor follow-up: the medians of both with their intervals, hazard ratios and their assumptions are in the report of pbis study.
select
    score.pbis_group,
    count(*) as patients,
    count(*) filter (outcome.is_dead) as deaths,
    round(median(outcome.os_months), 1) as median_months_observed,
    count(*) filter (upper(outcome.best_response) in ('CR', 'PR')) as responses
from score
join outcome using (subject_id)
where score.is_site_set
group by all
order by all;
