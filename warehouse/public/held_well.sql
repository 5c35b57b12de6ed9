-- One row per standing plate x reason: the wells that wait for a person.
create or replace view main.held_well as
select
    held_well.plate, held_well.plate_number, held_well.wells, held_well.well_count, held_well.doubt_reason,
    held_well.file_name, held_well.run_id
from internal.held_well as held_well;

comment on view main.held_well is 'one row per standing plate x reason: the wells that wait for a person';
