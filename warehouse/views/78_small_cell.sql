-- One row per cohort x cut-off set x group of the latest night with fewer than five patients: such a cell can point at a person.
create or replace view small_cell as
with
score as (from score)
select coalesce(cohort, 'no cohort') as cohort, cutoff_set, "group", count(*) as patient_count
from score
group by all
having count(*) < 5;

comment on view small_cell is 'one row per cohort x cut-off set x group of the latest night with fewer than five patients: such a cell can point at a person';
comment on column small_cell.cohort is 'cohort; no cohort where none is known';
comment on column small_cell.patient_count is 'patients in the cell, 1 to 4';
