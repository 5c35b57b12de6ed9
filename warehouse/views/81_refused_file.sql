-- One row per file that a night did not accept, or not whole.
create or replace view refused_file as
with
refusal as (from store.refusal)
select night_id, kind, name, sha256, reason, message, line, refused_at
from refusal;

comment on view refused_file is 'one row per file that a night did not accept, or not whole: then the message says how many of its rows, lines or messages';
