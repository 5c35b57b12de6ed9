-- One row per current plate of a run: the hash of its results, verdicts and limits as they stand, with what trends and twins do to them.
create or replace view plate_basis as
with
assay as (select run_id, assay_id from current_assay),
run as (select run_id, coalesce(content_hash, run_id) as plate_content from current_run),
own as (select assay_id, plate_number, result_hash from store.plate_hash),
held as (select run_id, plate_number from held_plate),
own_analyte as (select assay_id, plate_number, analyte, state, reasons from store.analyte_verdict),
own_plate as (select assay_id, plate_number, state from store.plate_verdict),
-- Only what is another than by the plate's own rules: an assay of several plates is judged anew as a whole where trends find something on one.
found as (
    select trend.assay_id, trend.plate_number, concat_ws('|', 'analyte', trend.analyte, trend.state, trend.reasons) as words
    from trend_analyte_verdict as trend
    anti join own_analyte as own
        on own.assay_id = trend.assay_id and own.plate_number = trend.plate_number and own.analyte = trend.analyte
        and own.state = trend.state and own.reasons is not distinct from trend.reasons
    union all
    select trend.assay_id, trend.plate_number, concat_ws('|', 'plate', trend.state) as words
    from trend_plate_verdict as trend
    anti join own_plate as own
        on own.assay_id = trend.assay_id and own.plate_number = trend.plate_number and own.state = trend.state
    union all
    select assay_id, plate_number, concat_ws('|', 'reading', well, analyte, qc_state, reportable::varchar, reasons) as words
    from trend_reading_state
),
trend as (select assay_id, plate_number, string_agg(words, chr(10) order by words) as words from found group by assay_id, plate_number)
select
    assay.run_id, assay.assay_id, own.plate_number, run.plate_content,
    case
        when trend.words is null and held.run_id is null then own.result_hash
        else sha256(concat_ws(chr(10), own.result_hash, trend.words, if(held.run_id is null, null, 'held')))
    end as result_hash
from assay
join run on run.run_id = assay.run_id
join own on own.assay_id = assay.assay_id
left join trend on trend.assay_id = own.assay_id and trend.plate_number = own.plate_number
left join held on held.run_id = assay.run_id and held.plate_number = own.plate_number;

comment on view plate_basis is 'one row per current plate of a run: the hash of its results, verdicts and limits as they stand';
comment on column plate_basis.plate_content is 'what decisions call the plate: content hash of its readings, or run_id where it has none';
comment on column plate_basis.result_hash is 'sha256 over the plate''s results, verdicts and limits, with what trends find';
