-- One row per subject x assay measure x plate x dilution of the latest night: from where on those wells could give a number.
create or replace view main.score_limit as
select
    score_limit.subject_id, scored.cohort, scored.study_day, score_limit.measure, score_limit.analyte,
    score_limit.plate, score_limit.plate_number, score_limit.dilution_factor, score_limit.kit_lots, score_limit.unit,
    score_limit.lloq, score_limit.lowest_standard, score_limit.uloq, score_limit.status, score_limit.run_id,
    score_limit.assay_id
from internal.score_limit as score_limit
left join internal.scored_subject as scored using (subject_id);

comment on view main.score_limit is 'one row per subject x assay measure x plate x dilution of the latest night: from where on those wells could give a number';
comment on column main.score_limit.cohort is 'cohort';
comment on column main.score_limit.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
