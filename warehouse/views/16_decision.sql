-- One row per decision of a person about a plate, with whether it stands and on which run of the plate.
create or replace view decision as
with
event as (from store.decision),
run as (
    select coalesce(content_hash, run_id) as plate_content, arg_max(run_id, sequence) as run_id
    from current_run
    group by plate_content
    union all
    select run_id as plate_content, run_id  -- of plates that share their readings a decision names the run
    from current_run
    where content_hash is not null
),
reversal as (select sequence as reversed_by, reverses from event where kind = 'reverse')
select
    event.sequence, event.decided_at, event.author, event.kind, run.run_id, event.plate, event.plate_number, event.well,
    event.replicate_group, event.analyte, event.rule, event.cause, event.reason, event.reverses, reversal.reversed_by,
    event.kind <> 'reverse' and reversal.reversed_by is null as is_standing,
    event.plate_content, event.decision_id, event.previous_id, event.told
from event
left join run using (plate_content)
left join reversal on reversal.reverses = event.sequence;

comment on view decision is 'one row per decision of a person about a plate, with whether it stands and on which run of the plate';
comment on column decision.run_id is 'current run of the plate; null where none is known';
comment on column decision.reversed_by is 'sequence of the decision that reversed it';
comment on column decision.is_standing is 'no reversal, and reversed by nobody';
