-- One row per laboratory result (subject x order, else accession, x code) whose newer version moved its collection: specimen and time that
-- now hold for all its versions, in whatever order they came and from whatever files.
-- A correction or retraction moves a result where no earlier kind of version has its specimen and time, and where those
-- versions are of one time: one number on several draws does not say which of them is meant, so each stays as it is.
-- Rows under one order number are versions of one result, corrected or not, unless they name several specimens. Two finals under
-- one accession with different times are two draws, since nothing says that one replaces the other.
create or replace view moved_lab as
with
version as (
    select
        *, status in ('corrected', 'cancelled', 'entered_in_error') as is_replacing,
        order_id is not null and fhir_id is null as is_order,
        case status when 'corrected' then 1 when 'final' then 2 when 'preliminary' then 3 else 4 end as standing
    from lab_version
    where result_key is not null and not is_replaced
),
-- Most orders have one row, so only those of several times are looked at: comparing costs more than counting.
replaced as (
    select distinct subject_id, result_key, code
    from version
    where is_replacing
    union
    select subject_id, result_key, code
    from version
    where is_order
    group by all
    having min(collected_at) <> max(collected_at) and count(distinct specimen_id) <= 1
),
rival as (
    from version
    semi join replaced using (subject_id, result_key, code)
),
place as (
    select
        subject_id, result_key, code, specimen_id, collected_at, bool_and(is_replacing) as is_new,
        bool_and(is_order) as is_order
    from rival
    group by all
),
moving as (
    select subject_id, result_key, code
    from place
    group by all
    having
        count(*) > 1
        and (
            (bool_or(is_new) and count(distinct collected_at) filter (not is_new) <= 1)
            or (bool_and(is_order) and count(distinct specimen_id) <= 1)
        )
),
-- A version that was issued on a day alone may be of any time of the day: it stands beside the latest of it.
dated as (
    select
        *,
        if(
            resulted_at = date_trunc('day', resulted_at),
            max(resulted_at) over (
                partition by subject_id, result_key, code, collected_at is null, standing, resulted_at::date
            ),
            resulted_at
        ) as said_at
    from rival
    semi join moving using (subject_id, result_key, code)
),
-- Versions that nothing orders must be of one time.
top as (
    from dated
    qualify rank() over (
        partition by subject_id, result_key, code order by collected_at is null, standing, said_at desc nulls last
    ) = 1
)
select
    subject_id, result_key, code, specimen_id, collected_at, has_time,
    min(collected_at) over result is distinct from max(collected_at) over result as is_disputed
from top
window result as (partition by subject_id, result_key, code)
qualify row_number() over (partition by subject_id, result_key, code order by collected_at, specimen_id, file_id, source_line) = 1;

comment on view moved_lab is 'one row per laboratory result whose newer version moved its collection: specimen and time that now hold for all its versions';
comment on column moved_lab.specimen_id is 'accession or barcode of the version that decides';
comment on column moved_lab.collected_at is 'collection by the version that decides, site wall time';
comment on column moved_lab.is_disputed is 'versions that nothing orders give different times of collection';
