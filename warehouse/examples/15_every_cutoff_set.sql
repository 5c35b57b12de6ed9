-- How many patients are in each group under each cut-off set?
-- cutoff_set VARCHAR, is_site_set BOOLEAN, high BIGINT, low BIGINT, indeterminate BIGINT, not_scored BIGINT
-- Who is in another group by another set: score_side_by_side, where group_count is above 1.
select
    cutoff_set, is_site_set,
    count(*) filter (pbis_group = 'high') as high,
    count(*) filter (pbis_group = 'low') as low,
    count(*) filter (pbis_group = 'indeterminate') as indeterminate,
    count(*) filter (pbis_group = 'not_scored') as not_scored
from score
group by all
order by all;
