-- One row per plate of these judgements: sha256 over its results, verdicts and limits with what trends find, as it is and as one that is held. $judgements:
-- a list of their names; $rows_of_readings: between which rows of trend_reading_state theirs stand.
with
judgement as (select distinct judgement_id, assay_id from store.trend_plate_verdict where judgement_id in $judgements),
own as (select assay_id, plate_number, result_hash from store.plate_hash semi join judgement using (assay_id)),
own_analyte as (select assay_id, plate_number, analyte, state, reasons from store.analyte_verdict semi join judgement using (assay_id)),
own_plate as (select assay_id, plate_number, state from store.plate_verdict semi join judgement using (assay_id)),
trend_analyte as (from store.trend_analyte_verdict where judgement_id in $judgements),
trend_plate as (from store.trend_plate_verdict where judgement_id in $judgements),
trend_reading as (from store.trend_reading_state where rowid $rows_of_readings and judgement_id in $judgements),
-- Only what is another than by the plate's own rules: an assay of several plates is judged anew as a whole where trends find something on one.
found as (
    select trend.judgement_id, trend.plate_number, concat_ws('|', 'analyte', trend.analyte, trend.state, trend.reasons) as words
    from trend_analyte as trend
    anti join own_analyte as own
        on own.assay_id = trend.assay_id and own.plate_number = trend.plate_number and own.analyte = trend.analyte
        and own.state = trend.state and own.reasons is not distinct from trend.reasons
    union all
    select trend.judgement_id, trend.plate_number, concat_ws('|', 'plate', trend.state) as words
    from trend_plate as trend
    anti join own_plate as own
        on own.assay_id = trend.assay_id and own.plate_number = trend.plate_number and own.state = trend.state
    union all
    select judgement_id, plate_number, concat_ws('|', 'reading', well, analyte, qc_state, reportable::varchar, reasons) as words
    from trend_reading
),
trend as (
    select judgement_id, plate_number, string_agg(words, chr(10) order by words) as words
    from found
    group by judgement_id, plate_number
)
select
    judgement.judgement_id, judgement.assay_id, own.plate_number,
    case
        when trend.words is null then own.result_hash
        else sha256(concat_ws(chr(10), own.result_hash, trend.words))
    end as result_hash,
    sha256(concat_ws(chr(10), own.result_hash, trend.words, 'held')) as held_hash
from judgement
join own on own.assay_id = judgement.assay_id
left join trend on trend.judgement_id = judgement.judgement_id and trend.plate_number = own.plate_number
order by judgement.judgement_id, own.plate_number
