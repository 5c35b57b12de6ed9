-- One row per laboratory row of a current import whose FHIR Observation was sent more than once (subject x FHIR id): is it
-- replaced, by which row, and where does the result lie now?
-- One id is one result, whatever time, code or status word its versions bear. The newest stands: of those with a versionId the
-- highest, then of those with a lastUpdated the latest (it moves when data are only copied, so it orders nothing that a versionId
-- does), then the latest issue. Retractions do not compete here (retracted_lab).
create or replace view fhir_version as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
known as (
    select
        lab.file_id, lab.source_line, lab.subject_id, lab.fhir_id, lab.code, lab.specimen_id, lab.collected_at, lab.has_time,
        lab.status, try_cast(lab.version as ubigint) as version_number, lab.updated_at, lab.resulted_at,
        lab.status in ('cancelled', 'entered_in_error') as is_retraction
    from lab
    join imported using (import_id)
    where lab.fhir_id is not null and lab.subject_id is not null
),
repeated as (
    select subject_id, fhir_id
    from known
    group by all
    having count(*) > 1
),
version as (
    from known
    semi join repeated using (subject_id, fhir_id)
),
by_version as (
    from version
    where not is_retraction
    qualify coalesce(version_number = max(version_number) over (partition by subject_id, fhir_id), true)
),
by_update as (
    from by_version
    qualify coalesce(updated_at = max(updated_at) over (partition by subject_id, fhir_id), true)
),
newest as (
    from by_update
    qualify rank() over (partition by subject_id, fhir_id order by resulted_at desc nulls last) = 1
),
-- Of newest rows that nothing orders, the status decides; where that is the same, they must be of one time.
top as (
    from newest
    qualify rank() over (
        partition by subject_id, fhir_id, code
        order by case status when 'corrected' then 1 when 'final' then 2 else 3 end
    ) = 1
),
decisive as (
    select
        subject_id, fhir_id, code, specimen_id, collected_at, has_time, file_id, source_line,
        min(collected_at) over same is distinct from max(collected_at) over same as is_disputed
    from top
    window same as (partition by subject_id, fhir_id, code)
    qualify row_number() over (
        partition by subject_id, fhir_id, code order by collected_at nulls last, specimen_id, file_id, source_line
    ) = 1
),
first_decisive as (
    from decisive
    qualify row_number() over (partition by subject_id, fhir_id order by code, file_id, source_line) = 1
)
select
    version.file_id, version.source_line,
    not version.is_retraction and newest.file_id is null as is_replaced,
    coalesce(decisive.is_disputed, false) as is_disputed,
    coalesce(decisive.file_id, first_decisive.file_id) as by_file_id,
    coalesce(decisive.source_line, first_decisive.source_line) as by_source_line,
    case when decisive.file_id is null then version.specimen_id else decisive.specimen_id end as specimen_id,
    case when decisive.file_id is null then version.collected_at else decisive.collected_at end as collected_at,
    case when decisive.file_id is null then version.has_time else decisive.has_time end as has_time
from version
left join newest on newest.file_id = version.file_id and newest.source_line = version.source_line
left join decisive
    on decisive.subject_id = version.subject_id and decisive.fhir_id = version.fhir_id
    and decisive.code is not distinct from version.code
left join first_decisive on first_decisive.subject_id = version.subject_id and first_decisive.fhir_id = version.fhir_id;

comment on view fhir_version is 'one row per laboratory row whose FHIR Observation was sent more than once: is it replaced, by which row, and where does the result lie now?';
comment on column fhir_version.is_replaced is 'a newer version of the same id was sent';
comment on column fhir_version.is_disputed is 'versions that nothing orders give different times of collection';
comment on column fhir_version.by_file_id is 'file of the version that stands';
comment on column fhir_version.by_source_line is 'line of the version that stands';
comment on column fhir_version.specimen_id is 'accession or barcode of the version that stands';
comment on column fhir_version.collected_at is 'collection by the version that stands, site wall time';
comment on column fhir_version.has_time is 'false where only the date is known';
