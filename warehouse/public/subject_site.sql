-- One row per subject of the latest night whose laboratory results came from a site that the linkage table names.
create or replace view main.subject_site as
select
    subject_site.subject_id, scored.cohort, scored.study_day, subject_site.site
from internal.subject_site as subject_site
left join internal.scored_subject as scored using (subject_id);

comment on view main.subject_site is 'one row per subject of the latest night whose laboratory results came from a site that the linkage table names';
comment on column main.subject_site.cohort is 'cohort';
comment on column main.subject_site.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
