-- One row per current plate of a run: the hash of its results, verdicts and limits as they stand, with what trends and twins do to them.
create or replace view plate_basis as
with
assay as (select run_id, assay_id from current_assay),
run as (select run_id, coalesce(content_hash, run_id) as plate_content from current_run),
own as (select assay_id, plate_number, result_hash from store.plate_hash),
held as (select run_id, plate_number from held_plate),
judged as (select assay_id from trend_judgement),
trend as (select assay_id, plate_number, result_hash, held_hash from trend_hash)
select
    assay.run_id, assay.assay_id, own.plate_number, run.plate_content,
    case
        -- Null, and never its own, where a judgement has no hash yet: who decides or signs is told that the plate has to be computed first.
        when judged.assay_id is not null then if(held.run_id is null, trend.result_hash, trend.held_hash)
        when held.run_id is null then own.result_hash
        else sha256(concat_ws(chr(10), own.result_hash, 'held'))
    end as result_hash
from assay
join run on run.run_id = assay.run_id
join own on own.assay_id = assay.assay_id
left join judged on judged.assay_id = own.assay_id
left join trend on trend.assay_id = own.assay_id and trend.plate_number = own.plate_number
left join held on held.run_id = assay.run_id and held.plate_number = own.plate_number;

comment on view plate_basis is 'one row per current plate of a run: the hash of its results, verdicts and limits as they stand';
comment on column plate_basis.plate_content is 'what decisions call the plate: content hash of its readings, or run_id where it has none';
comment on column plate_basis.result_hash is 'sha256 over the plate''s results, verdicts and limits, with what trends find';
