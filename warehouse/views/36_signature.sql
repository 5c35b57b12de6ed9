-- One row per signature on a plate that is known, with whether it stands and is for what the plate and the decision about it are now.
create or replace view signature as
with
own as (from store.plate_signature),
plate as (from plate),
event as (select sequence, plate_content, is_standing from decision),
review as (from plate_review),
-- What decisions call a plate: its content, its run, and what they called an export with other readings that it replaced.
called as (
    select run_id, plate_content as name from plate
    union
    select run_id, run_id as name from plate
    union
    select run_id, unnest([earlier_content, earlier_run_id]) as name from earlier_export where has_other_readings
)
select
    own.signature_id, plate.run_id, plate.plate, own.plate_number, own.meaning, own.role, own.signed_at, event.is_standing,
    event.is_standing and own.result_hash = review.result_hash and review.review_state not in ('pending', 'stale')
        and coalesce(review.decided_by < own.sequence, false) as is_current,
    own.result_hash, own.page_hash, own.config_hash,
    own.code_version, own.sequence
from own
join event using (sequence)
join called on called.name = event.plate_content
join plate on plate.run_id = called.run_id and plate.plate_number = own.plate_number
join review on review.run_id = plate.run_id and review.plate_number = plate.plate_number;

comment on view signature is 'one row per signature on a plate that is known; who signed stays in the laboratory';
comment on column signature.is_standing is 'not withdrawn';
comment on column signature.is_current is 'it stands, and the plate''s results, verdicts and limits are those that were signed, and what was decided about it, too';
comment on column signature.sequence is 'sequence of the decision that it is';
comment on column signature.config_hash is 'sha256 of the site''s configuration that the plate was computed with';
comment on column signature.code_version is 'version of the program that it was computed with';
comment on column signature.result_hash is 'sha256 over the results, verdicts and limits that were signed';
