-- One row per sample well x analyte of every current assay, reportable or not; what is not reportable has no value but its reasons.
with
reading as (from result_all where well_role in ('unknown', 'unknown_role')),
subject as (select subject_id, cohort from subject_start),
valued as (
    select
        *,
        case when reportable then coalesce(value_num, value_bound) end as shown,
        case when reportable then value_op end as shown_op,
        string_split(coalesce(reasons, ''), '; ') as reason
    from reading
)
select
    row_number() over (order by valued.plate, valued.assay_id, valued.plate_number, valued.well, valued.analyte)::bigint as seq,
    valued.subject_id, subject.cohort, valued.specimen_id, valued.study_day, valued.plate, valued.plate_number, valued.well,
    valued.well_role, valued.analyte,
    valued.shown as value, valued.shown_op as value_op, valued.shown::varchar as value_text,
    case
        when abs(shown) >= 1000 then
            concat(nullif(shown_op, '='), format('{:.0f}', round(shown, (3 - floor(log10(abs(shown))))::integer)))
        when shown is not null then concat(nullif(shown_op, '='), format('{:.4g}', shown))
    end as value_display,
    valued.unit,
    case when valued.reportable then valued.ci_low end as ci_low,
    case when valued.reportable then valued.ci_high end as ci_high,
    valued.lloq, valued.uloq, valued.dilution_factor, valued.status, valued.qc_state, valued.reportable as is_reportable,
    nullif(valued.reason[1], '') as reason_1, valued.reason[2] as reason_2, valued.reason[3] as reason_3, valued.reasons,
    valued.mfi, valued.bead_count, valued.replicate_cv_pct, valued.method, valued.assay_id, valued.run_id, valued.source_line
from valued
left join subject on subject.subject_id = valued.subject_id
order by seq
