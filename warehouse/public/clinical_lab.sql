-- One row per clinical laboratory row of a current import: every version as sent and as converted, and why it is not used.
create or replace view main.clinical_lab as
select
    lab.subject_id, subject.cohort, lab.study_day, lab.specimen_id, lab.analyte,
    try_cast(lab.value_text as double) as value, lab.value_op, lab.value_text, $display as value_display, lab.unit,
    lab.is_current, lab.is_used, lab.reason, lab.detail, lab.status, lab.code, lab.code_system, lab.value_reported,
    lab.unit_reported, lab.factor_text, lab.reference_text, lab.order_id, lab.fhir_id, lab.version, lab.site,
    lab.file_id, lab.file_name, lab.source_line
from internal.clinical_lab as lab
left join internal.subject_start as subject using (subject_id);

comment on view main.clinical_lab is 'one row per clinical laboratory row of a current import: every version as sent and as converted, and why it is not used';
comment on column main.clinical_lab.cohort is 'cohort';
comment on column main.clinical_lab.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
comment on column main.clinical_lab.value is 'the number, or the bound that < or > speaks of, in unit; null where there is neither';
comment on column main.clinical_lab.value_op is 'one of =, <, <=, > and >=; null where there is no value';
comment on column main.clinical_lab.value_text is 'the same number as it was decided with, every digit of it';
comment on column main.clinical_lab.value_display is 'the value as people read it: < or > before it, four significant digits';
