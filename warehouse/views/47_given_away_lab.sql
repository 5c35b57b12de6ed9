-- One row per laboratory row whose result another patient's row claims: by which row, and how.
-- A FHIR id is one result: where a newer version names another patient, the older was this patient's in error; where nothing says
-- which is newer, neither counts. Ids that are mere numbers are counted by every server from 1: across files they tie two rows only
-- where test and either time or specimen agree. A correction under the order number, else the accession, of another patient's
-- result takes that result over where its own patient has none of that number, and the number is of these two patients alone:
-- in their file, else in all files, and there only by order number, time or value. Record numbers of two sites are two laboratories.
create or replace view given_away_lab as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
known as (
    select
        lab.file_id, lab.source_line, lab.fhir_id, lab.code, lab.specimen_id, lab.collected_at, lab.value_text, lab.site,
        lab.status, coalesce(lab.subject_id, '') as person, try_cast(lab.version as ubigint) as version_number,
        lab.updated_at, lab.resulted_at, lab.order_id is not null as is_order,
        case when lab.order_id is not null then 'order ' || lab.order_id else 'specimen ' || lab.specimen_id end as number
    from lab
    join imported using (import_id)
    where lab.status not in ('cancelled', 'entered_in_error')
),
shared_id as (
    select fhir_id
    from known
    where fhir_id is not null
    group by fhir_id
    having count(distinct person) > 1
),
claim as (
    from known
    semi join shared_id using (fhir_id)
),
of_id as (
    select
        mine.file_id, mine.source_line, theirs.file_id as by_file_id, theirs.source_line as by_source_line,
        case
            when mine.version_number <> theirs.version_number then mine.version_number < theirs.version_number
            when mine.updated_at <> theirs.updated_at then mine.updated_at < theirs.updated_at
            when mine.resulted_at <> theirs.resulted_at then mine.resulted_at < theirs.resulted_at
        end as is_older,
        mine.code is not distinct from theirs.code as is_same_test,
        'a newer version of its FHIR id' as claimed_by
    from claim as mine
    join claim as theirs on theirs.fhir_id = mine.fhir_id and theirs.person <> mine.person
    where
        mine.file_id = theirs.file_id
        or (
            coalesce(mine.site = theirs.site, true)
            and (
                not regexp_full_match(mine.fhir_id, '[0-9]+')
                or (
                    mine.code = theirs.code
                    and (mine.collected_at = theirs.collected_at or mine.specimen_id = theirs.specimen_id)
                )
            )
        )
),
correction as (
    from known
    where status = 'corrected' and fhir_id is null and number is not null and code is not null
),
of_number as (
    from known
    semi join correction using (number, code)
    where known.fhir_id is null
),
lone_correction as (
    from correction
    anti join (from of_number where status <> 'corrected') as own
        on own.person = correction.person and own.number = correction.number and own.code = correction.code
),
in_file as (
    select file_id, number, code, count(distinct person) as person_count
    from of_number
    group by all
),
in_all as (
    select number, code, count(distinct person) as person_count
    from of_number
    group by all
),
by_number as (
    select
        mine.file_id, mine.source_line, theirs.file_id as by_file_id, theirs.source_line as by_source_line,
        true as is_older, true as is_same_test, 'a correction under its number' as claimed_by
    from of_number as mine
    join lone_correction as theirs
        on theirs.number = mine.number and theirs.code = mine.code and theirs.person <> mine.person
    join in_file
        on in_file.file_id = mine.file_id and in_file.number = mine.number and in_file.code = mine.code
    join in_all on in_all.number = mine.number and in_all.code = mine.code
    where
        mine.status <> 'corrected'
        and coalesce(mine.site = theirs.site, true)
        and (
            (mine.file_id = theirs.file_id and in_file.person_count = 2)
            or (
                in_all.person_count = 2
                and (mine.is_order or mine.collected_at = theirs.collected_at or mine.value_text = theirs.value_text)
            )
        )
),
claimed as (
    from of_id
    union all
    from by_number
)
select file_id, source_line, by_file_id, by_source_line, is_older is null as is_unordered, claimed_by
from claimed
where is_older or (is_older is null and is_same_test)
qualify row_number() over (
    partition by file_id, source_line
    order by is_older is null, by_file_id <> file_id, by_source_line, by_file_id
) = 1;

comment on view given_away_lab is 'one row per laboratory row whose result another patient''s row claims: by which row, and how';
comment on column given_away_lab.by_file_id is 'file of the row that names another patient';
comment on column given_away_lab.by_source_line is 'line of the row that names another patient';
comment on column given_away_lab.is_unordered is 'nothing says which of the two is newer, so neither counts';
comment on column given_away_lab.claimed_by is 'what ties the two: a newer version of its FHIR id, or a correction under its number';
