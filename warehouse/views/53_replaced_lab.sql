-- One row per laboratory row that another row replaced or took back, with both; and one per retraction that has found nothing yet.
-- What waits stays stored and applies on the night on which its result comes.
create or replace view replaced_lab as
with
imported as (select import_id, file_id, name from current_import),
lab as (from store.clinical_lab),
of_id as (select file_id, source_line, by_file_id, by_source_line from fhir_version where is_replaced),
retracted as (from retracted_lab),
given_away as (from given_away_lab where not is_unordered),
placed as (from placed_lab),
chosen as (from lab_current where version_count > 1),
of_draw as (
    select
        placed.file_id, placed.source_line, chosen.file_id as by_file_id, chosen.source_line as by_source_line,
        case
            when chosen.status in ('cancelled', 'entered_in_error') then 'taken back'
            when chosen.status = 'corrected' and placed.status <> 'corrected' then 'corrected'
            else 'issued again'
        end as how
    from placed
    join chosen
        on chosen.subject_id = placed.subject_id and chosen.analyte = placed.analyte
        and chosen.specimen_id is not distinct from placed.specimen_id
        and chosen.collected_at is not distinct from placed.collected_at
    join placed as standing on standing.file_id = chosen.file_id and standing.source_line = chosen.source_line
    where
        -- another LOINC code is another test, and no version of this one
        not coalesce(
            standing.code <> placed.code and regexp_full_match(standing.code, '[0-9]{1,7}-[0-9]')
            and regexp_full_match(placed.code, '[0-9]{1,7}-[0-9]'), false
        )
        and placed.status not in ('cancelled', 'entered_in_error', 'now_final')
        and (
            placed.status <> chosen.status
            or (
                chosen.resulted_at > placed.resulted_at
                and not (placed.resulted_at = date_trunc('day', placed.resulted_at) and placed.resulted_at::date = chosen.resulted_at::date)
            )
        )
),
pair as (
    select *, 'newer version' as how, 1 as rank from of_id
    union all by name
    select file_id, source_line, by_file_id, by_source_line, 'taken back' as how, 2 as rank from retracted
    union all by name
    select file_id, source_line, by_file_id, by_source_line, 'another patient' as how, 0 as rank from given_away
    union all by name
    select *, 3 as rank from of_draw
),
told as (
    from pair
    where (file_id, source_line) is distinct from (by_file_id, by_source_line)
    qualify row_number() over (partition by file_id, source_line order by rank) = 1
),
waiting as (
    select lab.file_id as by_file_id, lab.source_line as by_source_line
    from lab
    join imported using (import_id)
    anti join pair on pair.by_file_id = lab.file_id and pair.by_source_line = lab.source_line
    where
        lab.status in ('cancelled', 'entered_in_error')
        and (lab.subject_id is not null or lab.reason in ('cancelled', 'entered_in_error'))
),
named as (
    select file_id, source_line, by_file_id, by_source_line, how from told
    union all by name
    select *, 'waits for its result' as how from waiting
)
select
    coalesce(old.subject_id, new.subject_id) as subject_id, coalesce(old.analyte, new.analyte) as analyte, named.how,
    old.specimen_id, old.collected_at, old.value_op, old.value_text, old.unit, old.status,
    named.file_id, old_file.name as file_name, named.source_line,
    new.status as by_status, new.collected_at as by_collected_at, new.value_op as by_value_op, new.value_text as by_value_text,
    named.by_file_id, new_file.name as by_file_name, named.by_source_line
from named
join imported as new_file on new_file.file_id = named.by_file_id
join lab as new
    on new.import_id = new_file.import_id and new.file_id = named.by_file_id and new.source_line = named.by_source_line
left join imported as old_file on old_file.file_id = named.file_id
left join lab as old
    on old.import_id = old_file.import_id and old.file_id = named.file_id and old.source_line = named.source_line;

comment on view replaced_lab is 'one row per laboratory row that another row replaced or took back, with both; and one per retraction that has found nothing yet';
comment on column replaced_lab.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column replaced_lab.how is 'newer version (of one FHIR id), taken back, corrected, issued again, another patient (whose row claims it), or waits for its result';
comment on column replaced_lab.file_name is 'name of the file of the replaced row; null where a retraction waits';
comment on column replaced_lab.specimen_id is 'accession or barcode of the replaced row';
comment on column replaced_lab.collected_at is 'collection by the replaced row, site wall time';
comment on column replaced_lab.by_status is 'status of the row that replaced it';
comment on column replaced_lab.by_collected_at is 'collection by the row that replaced it, site wall time';
comment on column replaced_lab.by_value_op is 'comparator of the row that replaced it';
comment on column replaced_lab.by_value_text is 'value of the row that replaced it';
comment on column replaced_lab.by_file_id is 'file of the row that replaced it';
comment on column replaced_lab.by_file_name is 'name of the file of the row that replaced it';
comment on column replaced_lab.by_source_line is 'line of the row that replaced it';
