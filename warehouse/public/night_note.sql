-- One row per sentence that a night said of a file, a plate or itself.
create or replace view main.night_note as
select
    night_note.night_id, night_note.position, night_note.code, night_note.kind, night_note.name, night_note.message,
    night_note.sha256
from internal.night_note as night_note;

comment on view main.night_note is 'one row per sentence that a night said of a file, a plate or itself';
