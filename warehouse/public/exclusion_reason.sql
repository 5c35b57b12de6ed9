-- One row per sample reading that is kept out of results x reason, with what was observed and the limit that it met.
-- A reason is a rule, and then its finding on the reading, its replicates, its analyte or its plate is beside it, the one that weighs
-- most; or a state of the reading itself (no number, too few beads), which no rule had to find.
create or replace view main.exclusion_reason as
with
reading as (
    select *, unnest(string_split(coalesce(reasons, status), '; ')) as reason
    from internal.result_all
    where well_role = 'unknown' and not reportable
),
flag as (
    select
        assay_id, plate_number, well, replicate_group, analyte, rule, severity, observed, observed_text, limit_value, limit_text, effect,
        action, message
    from internal.qc_flag
    union all
    select
        assay_id, plate_number, null, null, analyte, rule, severity, observed, observed_text, limit_value, limit_text, effect, action,
        message
    from internal.qc_trend
),
found as (
    select
        reading.assay_id, reading.plate_number, reading.well, reading.analyte, reading.reason, flag.severity, flag.observed,
        flag.observed_text, flag.limit_value, flag.limit_text, flag.effect, flag.action
    from reading
    join flag
        on flag.assay_id = reading.assay_id and flag.plate_number = reading.plate_number and flag.rule = reading.reason
        and coalesce(flag.well = reading.well, true)
        and coalesce(flag.replicate_group = reading.replicate_group, flag.replicate_group is null)
        and coalesce(flag.analyte = reading.analyte, true)
    qualify row_number() over (
        partition by reading.assay_id, reading.plate_number, reading.well, reading.analyte, reading.reason
        order by
            flag.effect in ('exclude_reading', 'fail_analyte', 'fail_plate') desc, flag.severity = 'fail' desc, flag.well nulls last,
            flag.replicate_group nulls last, flag.analyte nulls last, flag.message
    ) = 1
)
select
    reading.subject_id, subject.cohort, reading.study_day, reading.specimen_id, reading.analyte, reading.reason,
    coalesce(found.effect in ('exclude_reading', 'fail_analyte', 'fail_plate'), true) as is_decisive,
    found.severity, found.observed, found.observed_text, found.limit_value, found.limit_text, found.effect, found.action,
    reading.status, reading.mfi, reading.bead_count, reading.plate, reading.plate_number, reading.well, reading.file_name,
    reading.source_line, reading.run_id, reading.assay_id
from reading
left join found
    on found.assay_id = reading.assay_id and found.plate_number = reading.plate_number and found.well = reading.well
    and found.analyte = reading.analyte and found.reason = reading.reason
left join internal.subject_start as subject on subject.subject_id = reading.subject_id;

comment on view main.exclusion_reason is 'one row per sample reading that is kept out of results x reason, with what was observed and the limit that it met';
comment on column main.exclusion_reason.cohort is 'cohort';
comment on column main.exclusion_reason.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.exclusion_reason.reason is 'rule that speaks about the reading (docs/checks.md), or the state of the reading where no rule had to find it';
comment on column main.exclusion_reason.is_decisive is 'this reason alone keeps the reading out; the others stand beside it';
comment on column main.exclusion_reason.observed is 'what was observed, as a number; null where it is none or the reason is a state';
comment on column main.exclusion_reason.observed_text is 'the same in words';
comment on column main.exclusion_reason.limit_value is 'limit that it was held against, as a number; null likewise';
comment on column main.exclusion_reason.limit_text is 'the same in words';
