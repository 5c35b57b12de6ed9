-- One row per night: when, how it ended, what it counted.
create or replace view night as
with
begun as (from store.night),
ended as (from store.night_end)
select
    begun.night_id, begun.sequence, begun.started_at, ended.finished_at,
    coalesce(ended.state, 'unfinished') as state,
    ended.counts, begun.config_hash, begun.code_version
from begun
left join ended using (night_id);

comment on view night is 'one row per night: when, how it ended, what it counted';
comment on column night.state is 'done, done_with_refusals, done_with_alarms, nothing_new, dry_run, interrupted; unfinished where it runs';
comment on column night.night_id is 'night';
