-- One row per subject with a treatment start: what tells whether the score was found in patients like this one.
create or replace view main.subject_population as
select
    population.subject_id, subject.cohort, -anchor.days_before_start as study_day, population.regimen,
    population.is_of_regimen, population.other_lines, population.age, population.child_pugh, population.ecog,
    population.materials
from internal.subject_population as population
left join internal.anchor_draw as anchor using (subject_id)
left join internal.subject_start as subject using (subject_id);

comment on view main.subject_population is 'one row per subject with a treatment start: what tells whether the score was found in patients like this one';
comment on column main.subject_population.cohort is 'cohort';
comment on column main.subject_population.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
