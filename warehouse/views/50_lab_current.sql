-- One row per subject x laboratory analyte x specimen x collection time: the version that counts, or why none does.
-- Rule 4: a cancellation or an entry in error retracts everything issued up to it; preliminary results never count; corrected
-- goes over final, then the latest issue; identical values collapse; different ones are a duplicate_conflict.
create or replace view lab_current as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
barred as (
    select import_id, file_id, source_line, string_agg(distinct rule, '; ' order by rule) as rules
    from store.lab_finding
    where effect = 'exclude_row'
    group by all
),
version as (
    select
        lab.file_id, lab.source_line, lab.subject_id, lab.analyte, lab.specimen_id, lab.collected_at, lab.has_time,
        lab.value_op, lab.value_text, lab.unit, lab.status, lab.resulted_at, lab.detail,
        coalesce(
            lab.reason,
            case when barred.rules is not null then 'failed_qc' end,
            case when lab.value_text is null then 'not_received' end
        ) as reason,
        barred.rules,
        coalesce(try_cast(lab.value_text as decimal(38, 15))::varchar, lab.value_text) as comparable,
        max(coalesce(lab.resulted_at, 'infinity'::timestamp))
            filter (lab.status in ('cancelled', 'entered_in_error')) over draw as retracted_at,
        count(*) over draw as version_count
    from lab
    join imported using (import_id)
    left join barred
        on barred.import_id = lab.import_id and barred.file_id = lab.file_id and barred.source_line = lab.source_line
    where lab.subject_id is not null and lab.analyte is not null
    window draw as (partition by lab.subject_id, lab.analyte, lab.specimen_id, lab.collected_at)
),
standing as (
    select
        *,
        case
            when status in ('cancelled', 'entered_in_error') then 4
            when retracted_at >= coalesce(resulted_at, '-infinity'::timestamp) then 5
            when status = 'preliminary' then 3
            when status = 'final' then 2
            else 1
        end as standing
    from version
),
top as (
    from standing
    qualify rank() over (
        partition by subject_id, analyte, specimen_id, collected_at
        order by standing, resulted_at desc nulls last
    ) = 1
),
settled as (
    select
        *,
        count(distinct value_op || ' ' || comparable || ' ' || coalesce(unit, '')) filter (reason is null)
            over (partition by subject_id, analyte, specimen_id, collected_at) as value_count
    from top
),
chosen as (
    from settled
    qualify row_number() over (
        partition by subject_id, analyte, specimen_id, collected_at
        order by reason nulls first, file_id, source_line
    ) = 1
),
judged as (
    select
        *,
        case
            when standing = 3 then 'preliminary_only'
            when standing >= 4 then status
            when value_count > 1 then 'duplicate_conflict'
            else reason
        end as verdict
    from chosen
)
select
    subject_id, analyte, specimen_id, collected_at, has_time,
    case when verdict is null then value_op end as value_op,
    case when verdict is null then value_text end as value_text,
    unit, status, resulted_at, verdict as reason,
    case
        when verdict = 'preliminary_only' then 'only a preliminary result was issued'
        when verdict = 'cancelled' then 'the result was cancelled'
        when verdict = 'entered_in_error' then 'the result was entered in error'
        when verdict = 'duplicate_conflict' then format('{} different values of the same standing', value_count)
        when verdict = 'failed_qc' then coalesce(detail, format('kept out by {}', rules))
        when verdict = 'not_received' then coalesce(detail, 'the result has no value')
        when verdict is not null then detail
        when version_count > 1 then format('{}, one of {} versions', status, version_count)
        else status
    end as detail,
    version_count, file_id, source_line
from judged;

comment on view lab_current is 'one row per subject x laboratory analyte x specimen x collection time: the version that counts, or why none does';
comment on column lab_current.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column lab_current.specimen_id is 'accession or barcode that ties analytes of one draw together';
comment on column lab_current.value_op is '=, <, <=, > or >=; null where there is a reason';
comment on column lab_current.value_text is 'value as decimal text in unit, exact; null where there is a reason';
comment on column lab_current.reason is 'why no version counts, from the closed list; null where one does';
comment on column lab_current.detail is 'status and number of versions, or the reason in words';
comment on column lab_current.version_count is 'versions that were sent';
