-- One row per subject that has a treatment start, may have one, or has a specimen: the treatment that days are counted from.
create or replace view main.subject_start as
select
    subject.subject_id, subject.cohort,
    case when subject.started_on is not null then 0::bigint end as study_day,
    subject.regimen, subject.is_of_regimen, subject.line_number, subject.start_count, subject.other_lines,
    subject.age, subject.child_pugh, subject.ecog, subject.reason, subject.detail, subject.file_id,
    subject.source_line
from internal.subject_start as subject;

comment on view main.subject_start is 'one row per subject that has a treatment start, may have one, or has a specimen: the treatment that days are counted from';
comment on column main.subject_start.cohort is 'cohort';
comment on column main.subject_start.study_day is '0, the day of the first dose, from which all study days are counted; null where it is not known';
