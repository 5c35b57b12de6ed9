-- One row per subject with a recorded outcome. The newest file that names the subject decides, since follow-up goes on;
-- where that file says two different things of one subject, nothing is taken and the row says so. Where its two endpoints cannot
-- both be so (the rule of pbis/core/outcome.py, a test holds the two equal), PFS is not taken: survival stands, PFS is in doubt.
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
),
compared as (
    -- a rounding is no difference: 2^-26 of the time, as R takes two survival times for one
    select *, pfs_months - os_months as longer_by, pow(2, -26) * greatest(1, os_months) as rounding
    from one
),
judged as (
    select
        *,
        case
            when is_conflicting then 'conflicting_rows'
            when longer_by > rounding then 'pfs_longer_than_os'
            when is_dead and not is_progressed and longer_by >= -rounding then 'dead_but_not_progressed'
        end as reason
    from compared
),
worded as (
    select
        *,
        format(
            'line {}: OS {:g} months (dead {}), PFS {:g} months (progressed {}): {}; PFS is not taken',
            source_line, os_months, coalesce(is_dead::integer::varchar, 'unknown'),
            pfs_months, coalesce(is_progressed::integer::varchar, 'unknown'),
            if(reason = 'pfs_longer_than_os', 'PFS is longer than OS', 'dead at the time of PFS, but not progressed')
        ) as contradiction
    from judged
)
select
    subject_id,
    case when not is_conflicting then os_months end as os_months,
    case when not is_conflicting then is_dead end as is_dead,
    case when reason is null then pfs_months end as pfs_months,
    case when reason is null then is_progressed end as is_progressed,
    case when not is_conflicting then best_response end as best_response,
    reason,
    case
        when is_conflicting then format('lines {} of one file differ', source_lines)
        when reason is not null then contradiction
    end as detail,
    file_id, source_line
from worded;

comment on view outcome is 'one row per subject with a recorded outcome; the newest file that names the subject decides';
comment on column outcome.subject_id is 'study id';
comment on column outcome.os_months is 'overall survival, months';
comment on column outcome.is_dead is 'death observed';
comment on column outcome.pfs_months is 'progression-free survival, months; null where the row contradicts itself';
comment on column outcome.is_progressed is 'progression or death observed; null where the row contradicts itself';
comment on column outcome.best_response is 'CR, PR, SD, PD or NE (mRECIST)';
comment on column outcome.reason is 'conflicting_rows where lines of the deciding file differ, pfs_longer_than_os or dead_but_not_progressed where its line cannot be so, else null';
comment on column outcome.detail is 'the same in words';
comment on column outcome.file_id is 'sha256 of the deciding file';
comment on column outcome.source_line is '1-based line of that file';
