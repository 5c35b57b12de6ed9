-- What changed between the release before and this one, and why?
-- release_before VARCHAR, release_after VARCHAR, subject_id VARCHAR, what VARCHAR, before VARCHAR, after VARCHAR, cause_kind VARCHAR, cause_key VARCHAR
-- Without the condition: every change since the first release. Two releases that do not follow each other: pbis release diff A B.
select release_before, release_after, subject_id, what, before, after, cause_kind, cause_key
from release_change
where release_after = (select release from release)
order by all;
