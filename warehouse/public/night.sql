-- One row per night: how it ended, what it counted, how long it took.
create or replace view main.night as
select
    night.night_id, night.sequence, night.state, night.counts,
    date_diff('second', night.started_at, night.finished_at) as duration_seconds,
    night.config_hash, night.code_version
from internal.night as night;

comment on view main.night is 'one row per night: how it ended, what it counted, how long it took';
comment on column main.night.duration_seconds is 'whole seconds from its begin to its end; null while it has none';
