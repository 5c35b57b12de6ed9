-- One row per finding on a clinical laboratory row of a current import.
create or replace view main.lab_flag as
select
    flag.subject_id, subject.cohort, lab_day.study_day, flag.analyte, flag.rule, flag.severity, flag.observed_text,
    flag.limit_text, flag.effect, flag.action, flag.message, flag.value_reported, flag.unit_reported,
    flag.reference_text, flag.source, flag.file_id, flag.source_line, flag.suite_hash
from internal.lab_flag as flag
left join internal.subject_start as subject using (subject_id)
left join internal.lab_day as lab_day on lab_day.file_id = flag.file_id and lab_day.source_line = flag.source_line;

comment on view main.lab_flag is 'one row per finding on a clinical laboratory row of a current import';
comment on column main.lab_flag.cohort is 'cohort';
comment on column main.lab_flag.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
