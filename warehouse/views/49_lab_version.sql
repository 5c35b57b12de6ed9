-- One row per laboratory row of a current import whose subject and analyte are known: what it says, or why it says nothing.
create or replace view lab_version as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
barred as (
    select
        import_id, file_id, source_line, string_agg(rule, '; ' order by rule) as rules,
        string_agg(message, '; ' order by rule) as messages
    from store.lab_finding
    where effect = 'exclude_row'
    group by all
)
select
    lab.file_id, lab.source_line, lab.subject_id, lab.analyte, lab.order_id, lab.code, lab.specimen_id, lab.collected_at, lab.has_time,
    lab.value_op, lab.value_text, lab.unit, lab.status, lab.resulted_at,
    case
        when lab.reason is null and barred.rules is not null then format('kept out by {}: {}', barred.rules, barred.messages)
        else lab.detail
    end as detail,
    coalesce(
        lab.reason,
        case when barred.rules is not null then 'failed_qc' end,
        case when lab.value_text is null then 'not_received' end
    ) as reason,
    barred.rules
from lab
join imported using (import_id)
left join barred
    on barred.import_id = lab.import_id and barred.file_id = lab.file_id and barred.source_line = lab.source_line
where lab.subject_id is not null and lab.analyte is not null;

comment on view lab_version is 'one row per laboratory row of a current import whose subject and analyte are known';
comment on column lab_version.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column lab_version.reason is 'why it has no value that can be used, from the closed list; null where it has one';
comment on column lab_version.rules is 'QC rules that keep the row out, joined by ''; ''; null where none does';
