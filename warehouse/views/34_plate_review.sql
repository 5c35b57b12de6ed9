-- One row per current plate of a run: the state of its review, pending where nobody has decided.
create or replace view plate_review as
with
basis as (from plate_basis),
latest as (
    from store.plate_review
    qualify row_number() over (partition by run_id, plate_number order by sequence desc) = 1
)
select
    basis.run_id, basis.assay_id, basis.plate_number, basis.result_hash, coalesce(latest.state, 'pending') as review_state,
    latest.decided_by, latest.reviewed_at, coalesce(latest.exclusion_count, 0) as exclusion_count,
    coalesce(latest.signed, 'no') as signed, latest.accepted_hash, latest.accepted_version, latest.answered_by_run_id
from basis
left join latest on latest.run_id = basis.run_id and latest.plate_number = basis.plate_number;

comment on view plate_review is 'one row per current plate of a run: the state of its review, pending where nobody has decided';
comment on column plate_review.result_hash is 'sha256 over the plate''s results, verdicts and limits, with what trends find';
comment on column plate_review.review_state is 'pending, accepted, accepted_with_exclusions, rejected, repeat_ordered or stale (its results are others since, or another export with other readings came)';
comment on column plate_review.exclusion_count is 'standing exclusions on the plate';
comment on column plate_review.signed is 'yes, partly (exclusions ask for a second person) or no';
