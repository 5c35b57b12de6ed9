-- One row per subject x laboratory analyte x specimen x moment of collection: the version that counts, or why none does.
create or replace view main.lab_current as
select
    lab.subject_id, subject.cohort,
    date_diff('day', subject.started_on, lab.collected_at::date) as study_day,
    lab.specimen_id, lab.analyte, try_cast(lab.value_text as double) as value, lab.value_op, lab.value_text,
    $display as value_display, lab.unit, lab.status, lab.reason, lab.detail, lab.version_count, lab.file_id,
    lab.source_line
from internal.lab_current as lab
left join internal.subject_start as subject using (subject_id);

comment on view main.lab_current is 'one row per subject x laboratory analyte x specimen x moment of collection: the version that counts, or why none does';
comment on column main.lab_current.cohort is 'cohort';
comment on column main.lab_current.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.lab_current.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.lab_current.value_op is 'one of =, <, <=, > and >=; null where there is no value';
comment on column main.lab_current.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.lab_current.value_display is 'the value as people read it: < or > before it, four significant digits';
