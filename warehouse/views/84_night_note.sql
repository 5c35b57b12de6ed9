-- One row per sentence that a night said of a file, a plate or itself.
create or replace view night_note as
with
note as (from store.night_note)
select night_id, position, code, kind, name, sha256, message
from note;

comment on view night_note is 'one row per sentence that a night said of a file, a plate or itself';
comment on column night_note.code is 'note; blocked_by_sheet: the plate could not be computed anew; came_again: the file came with bytes that were taken in before';
