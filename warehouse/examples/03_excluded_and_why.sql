-- Which readings are kept out of results, why, and by how much?
-- plate VARCHAR, analyte VARCHAR, reason VARCHAR, observed_text VARCHAR, limit_text VARCHAR, readings BIGINT, subjects BIGINT
-- Only reasons that keep a reading out by themselves; without is_decisive also what stands beside them.
select
    plate, analyte, reason, observed_text, limit_text,
    count(*) as readings,
    count(distinct subject_id) as subjects
from exclusion_reason
where is_decisive
group by all
order by all;
