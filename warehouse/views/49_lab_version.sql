-- One row per laboratory row of a current import whose subject and analyte are known: what it says, or why it says nothing.
-- Versions of one FHIR id lie where the newest of them lies. Where one file holds a newer version of the
-- same id that names another patient, the older was this patient's in error; ids of two files may be of two servers and tie nothing.
create or replace view lab_version as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
of_id as (from fhir_version),
of_several as (
    select lab.file_id, lab.fhir_id
    from lab
    join imported using (import_id)
    where lab.fhir_id is not null and lab.status not in ('cancelled', 'entered_in_error')
    group by all
    having count(distinct coalesce(lab.subject_id, '')) > 1
),
claimed as (
    select
        lab.file_id, lab.source_line, lab.fhir_id, lab.subject_id, try_cast(lab.version as ubigint) as version_number,
        lab.updated_at
    from lab
    join imported using (import_id)
    semi join of_several on of_several.fhir_id = lab.fhir_id and of_several.file_id = lab.file_id
    where lab.status not in ('cancelled', 'entered_in_error')
),
given_away as (
    select file_id, older.source_line, min(newer.source_line) as by_source_line
    from claimed as older
    join claimed as newer using (file_id, fhir_id)
    where
        older.subject_id is distinct from newer.subject_id
        and coalesce(newer.version_number > older.version_number, newer.updated_at > older.updated_at, false)
    group by all
),
barred as (
    select
        import_id, file_id, source_line, string_agg(rule, '; ' order by rule) as rules,
        string_agg(message, '; ' order by rule) as messages
    from lab_finding_standing
    where effect = 'exclude_row'
    group by all
)
select
    lab.file_id, lab.source_line, lab.subject_id, lab.analyte, lab.fhir_id, lab.order_id, lab.code,
    case
        when lab.code is null then null
        when lab.order_id is not null then 'order ' || lab.order_id
        when lab.specimen_id is not null then 'specimen ' || lab.specimen_id
    end as result_key,
    case when of_id.file_id is null then lab.specimen_id else of_id.specimen_id end as specimen_id,
    case when of_id.file_id is null then lab.collected_at else of_id.collected_at end as collected_at,
    case when of_id.file_id is null then lab.has_time else of_id.has_time end as has_time,
    coalesce(of_id.is_replaced, false) as is_replaced, coalesce(of_id.is_disputed, false) as is_disputed,
    lab.value_op, lab.value_text, lab.unit, lab.status, try_cast(lab.version as ubigint) as version_number, lab.updated_at,
    lab.resulted_at,
    case
        when given_away.file_id is not null then
            format('a newer version of its FHIR id, in line {}, names another patient', given_away.by_source_line)
        when lab.reason is null and barred.rules is not null then format('kept out by {}: {}', barred.rules, barred.messages)
        else lab.detail
    end as detail,
    coalesce(
        case when given_away.file_id is not null then 'identity_conflict' end,
        lab.reason,
        case when barred.rules is not null then 'failed_qc' end,
        case when lab.value_text is null then 'not_received' end
    ) as reason,
    barred.rules
from lab
join imported using (import_id)
left join barred
    on barred.import_id = lab.import_id and barred.file_id = lab.file_id and barred.source_line = lab.source_line
left join given_away on given_away.file_id = lab.file_id and given_away.source_line = lab.source_line
left join of_id on of_id.file_id = lab.file_id and of_id.source_line = lab.source_line
where lab.subject_id is not null and lab.analyte is not null;

comment on view lab_version is 'one row per laboratory row of a current import whose subject and analyte are known';
comment on column lab_version.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column lab_version.result_key is 'what versions of one result share beside subject and code: order number, else accession; null where there is neither';
comment on column lab_version.version_number is 'version of the FHIR Observation where it is a number';
comment on column lab_version.reason is 'why it has no value that can be used, from the closed list; null where it has one';
comment on column lab_version.rules is 'QC rules that keep the row out, joined by ''; ''; null where none does';
