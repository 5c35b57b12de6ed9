-- One row per laboratory file: what became of each of its rows, and the words that its map does not know.
create or replace view main.lab_file as
select
    lab_file.file_id, lab_file.kind, lab_file.file_name, lab_file.row_count, lab_file.used_count,
    lab_file.unused_count, lab_file.refused_count, lab_file.known_count, lab_file.reasons, lab_file.unmapped_codes,
    lab_file.unmapped_units, lab_file.unmapped_statuses
from internal.lab_file as lab_file;

comment on view main.lab_file is 'one row per laboratory file: what became of each of its rows, and the words that its map does not know';
