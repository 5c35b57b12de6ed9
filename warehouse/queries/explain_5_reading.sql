-- Every well behind the assay inputs, used or not, with the file and the line that it was read from.
with
input as (
    select measure, specimen_id, source_key
    from score_input
    where subject_id = $subject and source_kind = 'assay'
),
used as (
    select distinct
        input.measure,
        regexp_extract(key, '^([^:]*):', 1) as assay_id,
        regexp_extract(key, '^[^:]*:(\d+):', 1)::bigint as plate_number,
        unnest(string_split(regexp_extract(key, '^[^:]*:\d+:([^:]*):', 1), ',')) as well
    from input, unnest(string_split(input.source_key, ';')) as part(key)
),
-- A held well has no specimen; the one that its layout names waits for it.
waiting as (
    select assay_id, plate_number, well, specimen_id as planned_id
    from store.well
    where doubt is not null and specimen_id is not null
),
own as (
    select specimen_id
    from eligible_draw
    where subject_id = $subject
)
select
    analyte_for_score.measure, result_all.file_name, result_all.source_line, result_all.run_id, result_all.assay_id,
    result_all.plate, result_all.plate_number, result_all.well, own.specimen_id, result_all.analyte,
    result_all.mfi, result_all.bead_count, result_all.dilution_factor, result_all.value_reported, result_all.unit,
    result_all.ci_low, result_all.ci_high, result_all.lloq, result_all.uloq, result_all.status, result_all.replicate_cv_pct,
    result_all.result_reported_text, result_all.qc_state, result_all.reportable, result_all.reasons,
    used.well is not null as is_used
from result_all
left join waiting
    on waiting.assay_id = result_all.assay_id and waiting.plate_number = result_all.plate_number and waiting.well = result_all.well
join own on own.specimen_id = coalesce(result_all.specimen_id, waiting.planned_id)
join analyte_for_score on analyte_for_score.analyte = result_all.analyte
left join used
    on used.measure = analyte_for_score.measure and used.assay_id = result_all.assay_id
    and used.plate_number = result_all.plate_number and used.well = result_all.well
order by analyte_for_score.measure, is_used desc, result_all.file_name, result_all.source_line;
