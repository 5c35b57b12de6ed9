-- One row per treated subject: the start that the window is counted from.
-- The newest file that names the subject decides; of several lines of therapy in it, the first.
create or replace view subject_start as
with
imported as (select import_id, sequence from current_import),
treatment as (from store.treatment),
stated as (
    select treatment.*, imported.sequence
    from treatment
    join imported using (import_id)
    where treatment.subject_id is not null
),
newest as (
    from stated
    qualify sequence = max(sequence) over (partition by subject_id)
)
from newest
select
    subject_id, cohort, regimen, started_at, has_time, started_at::date as started_on, reason, file_id, source_line,
    count(*) over (partition by subject_id) as start_count
qualify row_number() over (partition by subject_id order by started_at nulls last, source_line) = 1;

comment on view subject_start is 'one row per treated subject: the start that the window is counted from';
comment on column subject_start.has_time is 'false where only the date of the first dose is known';
comment on column subject_start.started_at is 'first dose, site wall time';
comment on column subject_start.started_on is 'day of the first dose';
comment on column subject_start.reason is 'why the row cannot be used; null where it can';
comment on column subject_start.source_line is '1-based line of the treatment file';
comment on column subject_start.start_count is 'treatment rows of the subject in the deciding file';
