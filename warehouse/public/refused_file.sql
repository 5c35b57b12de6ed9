-- One row per file that a night did not accept, or not whole: then the message says how many of its rows, lines or messages.
create or replace view main.refused_file as
select
    refused_file.night_id, refused_file.kind, refused_file.name, refused_file.reason, refused_file.message,
    refused_file.line, refused_file.sha256
from internal.refused_file as refused_file;

comment on view main.refused_file is 'one row per file that a night did not accept, or not whole: then the message says how many of its rows, lines or messages';
