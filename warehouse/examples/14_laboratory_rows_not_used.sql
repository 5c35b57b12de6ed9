-- Which laboratory rows count for nothing, and why?
-- file_name VARCHAR, analyte VARCHAR, reason VARCHAR, row_count BIGINT, subjects BIGINT
-- lab_file has the same a line a file; detail, a sentence, is in clinical_lab.
select file_name, analyte, reason, count(*) as row_count, count(distinct subject_id) as subjects
from clinical_lab
where not is_used
group by all
order by all;
