-- One row per subject that has a treatment start, may have one, or has a specimen: the start that the window is counted from.
-- The newest file that names the subject decides; where it says the day alone, the time that an earlier one says of that day stands.
-- Of several lines of therapy in it, the first on a regimen that the score is meant for, and where there is none the first of all:
-- an earlier line is no start of the treatment that is asked about. A subject with a specimen and no start keeps a row, so that nobody
-- is missing from the scores without a reason. Two lines of one start in two cohorts leave the cohort open. Where a start has a record
-- number that may mean the subject, the reason is identity_conflict.
create or replace view subject_start as
with
imported as (select import_id, sequence from current_import),
treatment as (from store.treatment),
specimen as (from store.specimen),
setting as (select regimens from score_setting),
stated as (
    select treatment.*, imported.sequence
    from treatment
    join imported using (import_id)
    where treatment.subject_id is not null
),
clocked as (
    select subject_id, started_at::date as day, min(started_at) as clocked_at
    from stated
    where has_time
    group by all
    having min(started_at) = max(started_at)
),
latest as (
    from stated
    qualify sequence = max(sequence) over (partition by subject_id)
),
newest as (
    select latest.* replace (
        coalesce(clocked.clocked_at, latest.started_at) as started_at,
        latest.has_time or clocked.clocked_at is not null as has_time
    )
    from latest
    left join clocked
        on clocked.subject_id = latest.subject_id and not latest.has_time and clocked.day = latest.started_at::date
),
line as (
    select
        newest.*,
        case when len(setting.regimens) > 0 then coalesce(list_contains(setting.regimens, newest.regimen_name), false) end
            as is_of_regimen,
        row_number() over (partition by newest.subject_id order by newest.started_at nulls last, newest.source_line) as line_number,
        coalesce(
            min(newest.cohort) over (partition by newest.subject_id, newest.started_at)
                <> max(newest.cohort) over (partition by newest.subject_id, newest.started_at), false
        ) as is_cohort_open
    from newest
    cross join setting
),
started as (
    from line
    select
        subject_id, if(is_cohort_open, null, cohort) as cohort, regimen, started_at, has_time, reason, file_id, source_line, is_of_regimen, line_number, age,
        child_pugh, ecog, count(*) over (partition by subject_id) as start_count
    qualify row_number() over (
        partition by subject_id order by is_of_regimen desc nulls last, started_at nulls last, source_line
    ) = 1
),
other as (
    select
        started.subject_id,
        string_agg(
            coalesce(line.regimen, 'regimen not known') || coalesce(
                ' on day ' || date_diff('day', started.started_at::date, line.started_at::date), ' on an unknown day'
            ), '; ' order by line.line_number
        ) as other_lines
    from started
    join line on line.subject_id = started.subject_id and line.line_number <> started.line_number
    group by started.subject_id
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
        when reason = 'unreadable' then 'the treatment start is no date'
        when reason <> 'not_received' then format('the treatment start cannot be used: {}', reason)
        when started_at is null then 'no treatment start of the subject is known'
    end as detail,
    file_id, source_line, start_count, line_number, is_of_regimen, other.other_lines, age, child_pugh, ecog
from started
left join other using (subject_id)
union all
select
    subject_id, null as cohort, null as regimen, null as started_at, null as has_time, null as started_on,
    case when is_conflicted then 'identity_conflict' else 'not_received' end as reason,
    case
        when is_conflicted then 'the treatment start cannot be used: the linkage table does not say whose record number it bears'
        else 'no treatment start of the subject is known'
    end as detail,
    null as file_id, null as source_line, 0 as start_count,
    null as line_number, null as is_of_regimen, null as other_lines, null as age, null as child_pugh, null as ecog
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
comment on column subject_start.line_number is 'of these rows in the order of time, the one that is the start';
comment on column subject_start.is_of_regimen is 'the start is of a regimen that the score is meant for; null where the site names none, or there is no start';
comment on column subject_start.other_lines is 'the other rows: regimen and day of their start, counted from this one; joined by semicolons';
comment on column subject_start.age is 'age at the start, years';
comment on column subject_start.child_pugh is 'Child-Pugh class with points (A5), or the class alone';
comment on column subject_start.ecog is 'ECOG performance status';
