-- One row per clinical laboratory result that counts, or of which nothing can be used; not those that another row replaced or repeats.
-- is_baseline: a value that the score took.
with
lab as (from clinical_lab),
used as (
    select distinct unnest(string_split(concat_ws(';', source_key, part_keys), ';')) as source_key
    from score_input
    where source_kind = 'lab' and reason is null
)
select
    lab.subject_id, lab.study_day, lab.specimen_id, 'CLINICAL LABORATORY' as category, lab.analyte as test,
    case when lab.code_system = 'loinc' then lab.code end as loinc,
    case when lab.is_current then try_cast(lab.value_text as double) end as value,
    case when lab.is_current then lab.value_op end as value_op,
    case when lab.is_current then lab.value_text end as value_text,
    lab.unit,
    case when lab.is_current then lab.value_reported end as value_reported,
    case when lab.is_current then lab.unit_reported end as unit_reported,
    lab.reason, used.source_key is not null as is_baseline, false as is_derived, null::varchar as source
from lab
left join used on used.source_key = lab.file_id || ':' || lab.source_line
where
    lab.analyte is not null
    and (lab.is_current or (not lab.is_used and lab.reason not in ('entered_in_error', 'identity_conflict')))
order by lab.subject_id, lab.study_day, lab.specimen_id, lab.analyte, lab.file_id, lab.source_line
