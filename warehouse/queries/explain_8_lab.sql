-- Every version of every laboratory result of the score, chosen or not, with file and line.
with
chosen as (
    select distinct unnest(string_split(concat_ws(';', source_key, part_keys), ';')) as source_key
    from score_input
    where subject_id = $subject and source_kind = 'lab' and reason is null
),
flag as (
    select file_id, source_line, string_agg(message, '; ' order by rule) as findings
    from lab_flag
    where subject_id = $subject
    group by all
)
select
    clinical_lab.analyte, clinical_lab.file_name, clinical_lab.source_line, clinical_lab.specimen_id,
    clinical_lab.collected_at, clinical_lab.study_day, clinical_lab.has_time, clinical_lab.value_reported, clinical_lab.unit_reported, clinical_lab.value_op,
    clinical_lab.value_text, clinical_lab.unit, clinical_lab.factor_text, clinical_lab.status, clinical_lab.resulted_at,
    clinical_lab.reason, clinical_lab.detail, flag.findings, chosen.source_key is not null as is_chosen
from clinical_lab
left join flag on flag.file_id = clinical_lab.file_id and flag.source_line = clinical_lab.source_line
left join chosen on chosen.source_key = clinical_lab.file_id || ':' || clinical_lab.source_line
where clinical_lab.subject_id = $subject and clinical_lab.analyte in (select analyte from lab_part)
order by clinical_lab.analyte, clinical_lab.collected_at, clinical_lab.source_line;
