-- One row: the night that published this release, with the head of the decisions that it saw.
with
begun as (
    select night_id, started_at, code_version
    from store.night
    order by sequence desc
    limit 1
),
head as (
    select sequence, decision_id
    from store.decision
    order by sequence desc
    limit 1
)
select
    begun.night_id::varchar as release, begun.started_at::timestamp as issued, begun.code_version::varchar as code_version,
    coalesce(head.sequence, 0)::bigint as decision_sequence, head.decision_id::varchar as decision_id
from begun
left join head on true;
