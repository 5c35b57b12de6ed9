-- One row per plate that stands: the hash of its results, verdicts and limits.
select run_id, plate_number, result_hash
from plate_review
order by all
