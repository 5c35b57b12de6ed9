-- One row per subject that has a treatment start, may have one, or has a specimen: the start that the window is counted from.
-- The newest file that names the subject decides; of several lines of therapy in it, the first. A subject with a specimen and
-- no start keeps a row, so that nobody is missing from the scores without a reason; where
-- a start has a record number that may mean the subject, the reason is identity_conflict.
create or replace view subject_start as
with
imported as (select import_id, sequence from current_import),
treatment as (from store.treatment),
specimen as (from store.specimen),
stated as (
    select treatment.*, imported.sequence
    from treatment
    join imported using (import_id)
    where treatment.subject_id is not null
),
newest as (
    from stated
    qualify sequence = max(sequence) over (partition by subject_id)
),
started as (
    from newest
    select
        subject_id, cohort, regimen, started_at, has_time, reason, file_id, source_line,
        count(*) over (partition by subject_id) as start_count
    qualify row_number() over (partition by subject_id order by started_at nulls last, source_line) = 1
),
only_drawn as (
    select distinct specimen.subject_id
    from specimen
    join imported using (import_id)
    where specimen.subject_id is not null
),
conflicted as (
    select distinct unnest(string_split(treatment.candidates, ';')) as subject_id
    from treatment
    join imported using (import_id)
    where treatment.subject_id is null and treatment.candidates is not null
),
without_start as (
    select coalesce(only_drawn.subject_id, conflicted.subject_id) as subject_id, conflicted.subject_id is not null as is_conflicted
    from only_drawn
    full join conflicted on conflicted.subject_id = only_drawn.subject_id
)
select
    subject_id, cohort, regimen, started_at, has_time, started_at::date as started_on,
    coalesce(reason, case when started_at is null then 'not_received' end) as reason,
    case
        when reason is not null then format('the treatment start cannot be used: {}', reason)
        when started_at is null then 'no treatment start of the subject is known'
    end as detail,
    file_id, source_line, start_count
from started
union all
select
    subject_id, null as cohort, null as regimen, null as started_at, null as has_time, null as started_on,
    case when is_conflicted then 'identity_conflict' else 'not_received' end as reason,
    case
        when is_conflicted then 'the treatment start cannot be used: the linkage table does not say whose record number it bears'
        else 'no treatment start of the subject is known'
    end as detail,
    null as file_id, null as source_line, 0 as start_count
from without_start
anti join started using (subject_id);

comment on view subject_start is 'one row per subject that has a treatment start, may have one, or has a specimen: the start that the window is counted from';
comment on column subject_start.has_time is 'false where only the date of the first dose is known';
comment on column subject_start.started_at is 'first dose, site wall time';
comment on column subject_start.started_on is 'day of the first dose';
comment on column subject_start.reason is 'why there is no start to count from, from the closed list; null where there is one';
comment on column subject_start.detail is 'the same in words';
comment on column subject_start.source_line is '1-based line of the treatment file';
comment on column subject_start.start_count is 'treatment rows of the subject in the deciding file';
