-- One row per laboratory measure of the score and of its comparator.
create or replace view lab_for_score as
select unnest(['neutrophils', 'lymphocytes', 'crp', 'afp']) as measure;

comment on view lab_for_score is 'one row per laboratory measure of the score and of its comparator';
comment on column lab_for_score.measure is 'neutrophils, lymphocytes, crp or afp; the laboratory analyte has the same name';
