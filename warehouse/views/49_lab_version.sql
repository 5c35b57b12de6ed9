-- One row per laboratory row of a current import whose subject and analyte are known: what it says, or why it says nothing.
-- Versions of one FHIR id lie where the newest of them lies. What another patient's row claims does not count (given_away_lab).
-- A row that says the day alone is of the draw of that day whose time another row says of the same accession or FHIR id: a date beside
-- a time is no second draw, and moves nothing. Where that day has several times, it stays as it is.
create or replace view lab_version as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
of_id as (from fhir_version),
made_final as (from made_final_lab),
undated as (
    select lab.subject_id, lab.specimen_id, lab.fhir_id
    from lab
    join imported using (import_id)
    where not lab.has_time and lab.collected_at is not null
),
timed as (
    select lab.subject_id, lab.specimen_id, lab.fhir_id, lab.collected_at
    from lab
    join imported using (import_id)
    where lab.has_time and lab.status not in ('cancelled', 'entered_in_error')
),
clocked as (
    select subject_id, 'specimen ' || specimen_id as tie, collected_at::date as day, min(collected_at) as collected_at
    from timed
    semi join undated using (subject_id, specimen_id)
    group by all
    having min(timed.collected_at) = max(timed.collected_at)
    union all
    select subject_id, 'id ' || fhir_id as tie, collected_at::date as day, min(collected_at) as collected_at
    from timed
    semi join undated using (subject_id, fhir_id)
    group by all
    having min(timed.collected_at) = max(timed.collected_at)
),
given_away as (
    select
        *,
        format('line {}', by_source_line)
            || case when by_file_id = file_id then '' else format(' of file {}', left(by_file_id, 12)) end as place
    from given_away_lab
),
barred as (
    select
        found.import_id, found.file_id, found.source_line, string_agg(found.rule, '; ' order by found.rule) as rules,
        string_agg(found.message, '; ' order by found.rule) as messages
    from lab_finding_standing as found
    left join made_final on made_final.file_id = found.file_id and made_final.source_line = found.source_line
    where found.effect = 'exclude_row' and (made_final.file_id is null or found.rule <> 'lab_status')
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
    coalesce(
        of_specimen.collected_at, clocked.collected_at, if(of_id.file_id is null, lab.collected_at, of_id.collected_at)
    ) as collected_at,
    coalesce(of_specimen.day, clocked.day) is not null or if(of_id.file_id is null, lab.has_time, of_id.has_time) as has_time,
    coalesce(of_id.is_replaced, false) as is_replaced, coalesce(of_id.is_disputed, false) as is_disputed,
    lab.value_op, lab.value_text, lab.unit, if(made_final.file_id is null, lab.status, 'final') as status, try_cast(lab.version as ubigint) as version_number, lab.updated_at,
    lab.resulted_at,
    case
        when given_away.is_unordered then
            format('its FHIR id names another patient in {}, and nothing says which version is newer', given_away.place)
        when given_away.file_id is not null then
            format('{}, in {}, names another patient', given_away.claimed_by, given_away.place)
        when (lab.reason is null or made_final.file_id is not null) and barred.rules is not null then
            format('kept out by {}: {}', barred.rules, barred.messages)
        when made_final.file_id is not null then
            format('made final by line {} of file {}', made_final.by_source_line, left(made_final.by_file_id, 12))
        else lab.detail
    end as detail,
    coalesce(
        case when given_away.file_id is not null then 'identity_conflict' end,
        case when made_final.file_id is null then lab.reason end,
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
left join made_final on made_final.file_id = lab.file_id and made_final.source_line = lab.source_line
left join clocked as of_specimen
    on of_specimen.subject_id = lab.subject_id
    and not if(of_id.file_id is null, lab.has_time, of_id.has_time)
    and of_specimen.tie = 'specimen ' || if(of_id.file_id is null, lab.specimen_id, of_id.specimen_id)
    and of_specimen.day = if(of_id.file_id is null, lab.collected_at, of_id.collected_at)::date
left join clocked
    on clocked.subject_id = lab.subject_id
    and not if(of_id.file_id is null, lab.has_time, of_id.has_time)
    and clocked.tie = 'id ' || lab.fhir_id
    and clocked.day = if(of_id.file_id is null, lab.collected_at, of_id.collected_at)::date
where lab.subject_id is not null and lab.analyte is not null;

comment on view lab_version is 'one row per laboratory row of a current import whose subject and analyte are known';
comment on column lab_version.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column lab_version.result_key is 'what versions of one result share beside subject and code: order number, else accession; null where there is neither';
comment on column lab_version.status is 'final, corrected, preliminary, cancelled, entered_in_error or now_final; final where a later word made a preliminary row final';
comment on column lab_version.version_number is 'version of the FHIR Observation where it is a number';
comment on column lab_version.reason is 'why it has no value that can be used, from the closed list; null where it has one';
comment on column lab_version.rules is 'QC rules that keep the row out, joined by ''; ''; null where none does';
