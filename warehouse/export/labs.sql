-- One row per clinical laboratory row of a current import: as sent, as converted, and why it is not used.
with
lab as (from clinical_lab),
subject as (select subject_id, cohort from subject_start),
valued as (select *, try_cast(value_text as double) as shown from lab)
select
    row_number() over (order by valued.file_id, valued.source_line, valued.code, valued.value_text)::bigint as seq,
    valued.subject_id, subject.cohort, valued.specimen_id, valued.study_day, valued.site, valued.analyte, valued.code,
    valued.code_system, valued.value_reported, valued.unit_reported, valued.shown as value, valued.value_op, valued.value_text,
    case
        when abs(shown) >= 1000 then
            concat(nullif(value_op, '='), format('{:.0f}', round(shown, (3 - floor(log10(abs(shown))))::integer)))
        when shown is not null then concat(nullif(value_op, '='), format('{:.4g}', shown))
    end as value_display,
    valued.unit, valued.status, valued.reason, valued.detail, valued.is_current, valued.is_used, valued.reference_text,
    valued.file_id, valued.source_line
from valued
left join subject on subject.subject_id = valued.subject_id
order by seq
