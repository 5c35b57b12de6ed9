-- One row per laboratory row that a retraction of any file names: by which row it is taken back.
-- A retraction names a result by its FHIR id, else by order number and code, else by accession and code, and needs no time of
-- collection; a cancelled order without results (HL7 OBR-25 X) names all results of its number. One under a number with several draws takes the draw whose time it bears, else all of them. It takes back whatever
-- the time says: clocks differ, and lastUpdated moves when data are only copied. Only a higher versionId stands, a correction
-- that was issued later, and, of an order that was cancelled without results, what was issued later than that and had not been said
-- before it: the order was taken up again. A day alone is no midnight: a retraction of that day is later than a correction of it. A deletion names no patient: where results of several patients bear its id, none of them counts, as
-- identity_conflict.
create or replace view retracted_lab as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
version as (
    select *, coalesce(try_cast(value_text as decimal(38, 15))::varchar, value_text) as comparable
    from placed_lab
    where status not in ('cancelled', 'entered_in_error')
),
retraction as (
    select
        lab.file_id, lab.source_line, lab.subject_id, lab.fhir_id, lab.order_id, lab.code, lab.specimen_id, lab.collected_at,
        lab.status, try_cast(lab.version as ubigint) as version_number, lab.resulted_at,
        lab.resulted_at
            + case when lab.resulted_at = date_trunc('day', lab.resulted_at) then interval 1 day - interval 1 microsecond else interval 0 day end as issued_at
    from lab
    join imported using (import_id)
    where
        lab.status in ('cancelled', 'entered_in_error')
        and (lab.subject_id is not null or lab.reason in ('cancelled', 'entered_in_error'))
),
by_id as (
    select version.file_id, version.source_line, retraction.file_id as by_file_id, retraction.source_line as by_source_line
    from version
    join retraction on retraction.fhir_id = version.fhir_id
    where retraction.subject_id is null or retraction.subject_id = version.subject_id
),
by_identifier as (
    select version.file_id, version.source_line, retraction.file_id as by_file_id, retraction.source_line as by_source_line
    from version
    join retraction on retraction.order_id = regexp_replace(version.order_id, '#[0-9]+$', '')
    where retraction.subject_id is null and retraction.fhir_id is null and version.fhir_id is not null
),
by_number as (
    select version.*, retraction.file_id as by_file_id, retraction.source_line as by_source_line,
        retraction.specimen_id as by_specimen_id, retraction.collected_at as by_collected_at
    from version
    join retraction
        on retraction.subject_id = version.subject_id and retraction.code = version.code and retraction.order_id = version.order_id
    union all
    select version.*, retraction.file_id as by_file_id, retraction.source_line as by_source_line,
        retraction.specimen_id as by_specimen_id, retraction.collected_at as by_collected_at
    from version
    join retraction
        on retraction.subject_id = version.subject_id and retraction.code = version.code
        and retraction.specimen_id = version.specimen_id
    where retraction.order_id is null and retraction.fhir_id is null
),
by_order as (
    select version.file_id, version.source_line, retraction.file_id as by_file_id, retraction.source_line as by_source_line
    from version
    join retraction
        on retraction.subject_id = version.subject_id
        and retraction.order_id in (version.order_id, regexp_replace(version.order_id, '#[^#]*$', ''))
    where retraction.code = '' and retraction.fhir_id is null and version.fhir_id is null
),
by_place as (
    select
        *,
        specimen_id is not distinct from by_specimen_id and collected_at is not distinct from by_collected_at as is_its_place
    from by_number
),
meant as (
    select file_id, source_line, by_file_id, by_source_line
    from by_place
    qualify is_its_place or not bool_or(is_its_place) over (partition by by_file_id, by_source_line)
),
-- What the order had said when it was cancelled: the same again may be a copy of it.
said_before as (
    select distinct
        version.subject_id, version.order_id, version.code, named.by_file_id, named.by_source_line,
        concat_ws(' ', version.value_op, version.comparable, version.unit) as said
    from by_order as named
    join version on version.file_id = named.file_id and version.source_line = named.source_line
    join retraction on retraction.file_id = named.by_file_id and retraction.source_line = named.by_source_line
    where not coalesce(version.resulted_at > retraction.issued_at, false)
),
named as (
    from by_id
    union
    from by_identifier
    union
    from by_order
    union
    from meant
),
compared as (
    select
        named.*, version.subject_id, retraction.status as by_status, retraction.subject_id is null as names_nobody,
        retraction.resulted_at as by_resulted_at,
        coalesce(
            version.version_number > retraction.version_number,
            version.resulted_at > retraction.issued_at
            and (version.status = 'corrected' or (version.status in ('final', 'preliminary') and retraction.code = '' and said.order_id is null)),
            false
        ) as is_newer
    from named
    join version on version.file_id = named.file_id and version.source_line = named.source_line
    join retraction on retraction.file_id = named.by_file_id and retraction.source_line = named.by_source_line
    left join said_before as said
        on said.subject_id = version.subject_id and said.order_id = version.order_id and said.code = version.code
        and said.by_file_id = named.by_file_id and said.by_source_line = named.by_source_line
        and said.said is not distinct from concat_ws(' ', version.value_op, version.comparable, version.unit)
),
told as (
    select
        *,
        min(subject_id) over (partition by by_file_id, by_source_line)
            <> max(subject_id) over (partition by by_file_id, by_source_line) as is_of_several
    from compared
    where not is_newer
)
select
    file_id, source_line, by_file_id, by_source_line,
    case when names_nobody and is_of_several then 'identity_conflict' else by_status end as by_status
from told
qualify row_number() over (
    partition by file_id, source_line
    order by names_nobody and is_of_several, by_resulted_at desc nulls first, by_file_id, by_source_line
) = 1;

comment on view retracted_lab is 'one row per laboratory row that a retraction of any file names: by which row it is taken back';
comment on column retracted_lab.by_file_id is 'file of the retraction';
comment on column retracted_lab.by_source_line is 'line of the retraction';
comment on column retracted_lab.by_status is 'cancelled or entered_in_error; identity_conflict where a deletion names results of several patients';
