-- One row per cohort x cut-off set x group of the latest night with fewer than five patients: such a cell can point at a person.
create or replace view main.small_cell as
select
    cell.cohort, cell.cutoff_set, cell."group" as pbis_group, cell.patient_count
from internal.small_cell as cell;

comment on view main.small_cell is 'one row per cohort x cut-off set x group of the latest night with fewer than five patients: such a cell can point at a person';
comment on column main.small_cell.pbis_group is 'high, low, indeterminate or not_scored';
