-- Which plates passed, in the order of their reading, and what is wrong with the others?
-- run_day BIGINT, plate VARCHAR, plate_number BIGINT, state VARCHAR, analytes_failed BIGINT, reportable_pct DOUBLE, sentence VARCHAR
-- run_day counts from the first plate of the laboratory.
select run_day, plate, plate_number, state, analytes_failed, round(reportable_pct, 1) as reportable_pct, sentence
from plate
order by run_day, plate, plate_number;
