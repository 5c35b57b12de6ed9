-- One row per plate of a run that is held: not reportable until a person decides which of its twins is right, or whether what was said of an earlier export holds.
create or replace view main.held_plate as
select
    held_plate.plate, held_plate.plate_number, held_plate.file_name, held_plate.sentence, held_plate.twins,
    held_plate.twin_count, held_plate.likelier_run_id, held_plate.crc_state, held_plate.night_id, held_plate.run_id
from internal.held_plate as held_plate;

comment on view main.held_plate is 'one row per plate of a run that is held: not reportable until a person decides which of its twins is right, or whether what was said of an earlier export holds';
