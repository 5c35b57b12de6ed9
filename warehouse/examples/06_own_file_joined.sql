-- How old are the patients of each group, from a file of my own?
-- pbis_group VARCHAR, patients BIGINT, median_age DOUBLE
-- With a file that has columns subject_id and age: pbis sql --site my-site --with own=ages.csv. Cells of CSV and XLSX are text, so the type is said.
select score.pbis_group, count(*) as patients, median(own.age::integer) as median_age
from score
join own using (subject_id)
where score.is_site_set
group by all
order by all;
