-- How much IL-2 do the patients of each group have?
-- pbis_group VARCHAR, unit VARCHAR, patients BIGINT, below_range BIGINT, q1 DOUBLE, median DOUBLE, q3 DOUBLE
-- A value below the range counts at its bound, so a quartile that is a bound is the largest that it can be.
select
    score.pbis_group,
    input.unit,
    count(*) as patients,
    count(*) filter (input.value_op = '<') as below_range,
    round(quantile_cont(input.value, 0.25), 2) as q1,
    round(quantile_cont(input.value, 0.5), 2) as median,
    round(quantile_cont(input.value, 0.75), 2) as q3
from score
join score_input as input using (subject_id)
where score.is_site_set and input.measure = 'il2' and input.value is not null
group by all
order by all;
