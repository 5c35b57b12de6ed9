-- One row per laboratory row that another row replaced or took back, with both; and one per retraction that has found nothing yet.
create or replace view main.replaced_lab as
select
    lab.subject_id, subject.cohort,
    date_diff('day', subject.started_on, lab.collected_at::date) as study_day,
    lab.analyte, lab.how, lab.specimen_id, try_cast(lab.value_text as double) as value, lab.value_op, lab.value_text,
    $display as value_display, lab.unit, lab.status, lab.file_id, lab.file_name, lab.source_line, lab.by_status,
    try_cast(lab.by_value_text as double) as by_value, lab.by_value_op, lab.by_value_text,
    date_diff('day', subject.started_on, lab.by_collected_at::date) as by_study_day,
    lab.by_file_id, lab.by_file_name, lab.by_source_line
from internal.replaced_lab as lab
left join internal.subject_start as subject using (subject_id);

comment on view main.replaced_lab is 'one row per laboratory row that another row replaced or took back, with both; and one per retraction that has found nothing yet';
comment on column main.replaced_lab.cohort is 'cohort';
comment on column main.replaced_lab.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.replaced_lab.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.replaced_lab.value_op is 'one of =, <, <=, > and >=; null where there is no value';
comment on column main.replaced_lab.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.replaced_lab.value_display is 'the value as people read it: < or > before it, four significant digits';
comment on column main.replaced_lab.by_value is 'number of the row that replaced it, in its own unit';
comment on column main.replaced_lab.by_study_day is 'day of the draw of the row that replaced it';
