-- One row per plate of an export that a newer export of it replaced, where medians of the two differ.
create or replace view main.reexport_change as
select
    reexport_change.file_name, reexport_change.earlier_file_name, reexport_change.plate_number,
    reexport_change.changed_count, reexport_change.reading_count, reexport_change.well_count,
    reexport_change.first_changed, reexport_change.message, reexport_change.run_id, reexport_change.earlier_run_id
from internal.reexport_change as reexport_change;

comment on view main.reexport_change is 'one row per plate of an export that a newer export of it replaced, where medians of the two differ';
