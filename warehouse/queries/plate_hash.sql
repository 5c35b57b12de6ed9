-- One row per plate of these assays: sha256 over its results, verdicts and limits. $assays: a list of their names; $rows_of_TABLE: between which rows theirs
-- stand.
-- What only informs, sentences, versions and decisions' names are not in it: where it is the same, nothing about the plate is another.
with
result as (from store.result where rowid $rows_of_result and assay_id in $assays),
state as (from store.reading_state where rowid $rows_of_reading_state and assay_id in $assays),
curve as (from store.curve where assay_id in $assays),
finding as (from store.finding where assay_id in $assays and severity <> 'info'),
analyte as (from store.analyte_verdict where assay_id in $assays),
plate as (from store.plate_verdict where assay_id in $assays),
said as (
    select
        result.assay_id, result.plate_number,
        [
            'reading', result.well, result.analyte, result.well_role, result.specimen_id, result.standard_level::varchar,
            result.dilution_factor::varchar, result.mfi::varchar, result.bead_count::varchar, result.concentration::varchar,
            result.concentration_op, result.concentration_bound::varchar, result.unit, result.ci_low::varchar, result.ci_high::varchar,
            result.status, state.qc_state, state.reportable::varchar, state.reasons
        ] as words
    from result
    left join state using (assay_id, plate_number, well, analyte)
    union all
    select
        assay_id, plate_number,
        ['curve', analyte, unit, lloq::varchar, uloq::varchar, lloq_reason, uloq_reason, lod::varchar, status, reasons] as words
    from curve
    union all
    select
        finding.assay_id, plate.plate_number,
        [
            'finding', rule, severity, unit_of_judgement, well, replicate_group, analyte, observed::varchar, limit_value::varchar, effect,
            effect_of_rule
        ] as words
    from finding
    join plate on plate.assay_id = finding.assay_id and coalesce(finding.plate_number, plate.plate_number) = plate.plate_number
    union all
    select assay_id, plate_number, ['analyte', analyte, state, reasons, reportable_count::varchar] as words from analyte
    union all
    select assay_id, plate_number, ['plate', state, reportable_pct::varchar] as words from plate
),
hashed as (
    select
        assay_id, plate_number,
        sha256(array_to_string(list_transform(words, lambda word: coalesce(word, chr(30))), chr(31))) as row_hash
    from said
)
select assay_id, plate_number, sha256(string_agg(row_hash, '' order by row_hash)) as result_hash
from hashed
group by assay_id, plate_number
order by assay_id, plate_number
