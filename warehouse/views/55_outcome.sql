-- One row per subject with a recorded outcome. The newest file that names the subject decides, since follow-up goes on;
-- where that file says two different things of one subject, nothing is taken and the row says so.
create or replace view outcome as
with
imported as (select import_id, sequence from current_import),
recorded as (from store.outcome),
newest as (
    select recorded.*, imported.sequence
    from recorded
    join imported using (import_id)
    where recorded.subject_id is not null
    qualify imported.sequence = max(imported.sequence) over (partition by recorded.subject_id)
),
said as (
    select
        *,
        count(distinct (os_months, is_dead, pfs_months, is_progressed, best_response)) over (partition by subject_id) > 1
            as is_conflicting,
        string_agg(source_line::varchar, ', ') over (partition by subject_id order by source_line rows between unbounded preceding and unbounded following) as source_lines
    from newest
),
one as (
    from said
    qualify row_number() over (partition by subject_id order by source_line) = 1
)
select
    subject_id,
    case when not is_conflicting then os_months end as os_months,
    case when not is_conflicting then is_dead end as is_dead,
    case when not is_conflicting then pfs_months end as pfs_months,
    case when not is_conflicting then is_progressed end as is_progressed,
    case when not is_conflicting then best_response end as best_response,
    case when is_conflicting then 'conflicting_rows' end as reason,
    case when is_conflicting then format('lines {} of one file differ', source_lines) end as detail,
    file_id, source_line
from one;

comment on view outcome is 'one row per subject with a recorded outcome; the newest file that names the subject decides';
comment on column outcome.subject_id is 'study id';
comment on column outcome.os_months is 'overall survival, months';
comment on column outcome.is_dead is 'death observed';
comment on column outcome.pfs_months is 'progression-free survival, months';
comment on column outcome.is_progressed is 'progression or death observed';
comment on column outcome.best_response is 'CR, PR, SD, PD or NE (mRECIST)';
comment on column outcome.reason is 'conflicting_rows where the deciding file contradicts itself, else null';
comment on column outcome.detail is 'the same in words';
comment on column outcome.file_id is 'sha256 of the deciding file';
comment on column outcome.source_line is '1-based line of that file';
