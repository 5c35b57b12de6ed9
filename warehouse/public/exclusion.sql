-- One row per sample reading that is kept out of results, with all that keeps it out in one cell; exclusion_reason has it apart.
create or replace view main.exclusion as
select
    exclusion.subject_id, owner.cohort, owner.study_day, exclusion.specimen_id, exclusion.analyte, exclusion.status,
    exclusion.qc_state, exclusion.reasons, exclusion.mfi, exclusion.bead_count, exclusion.plate,
    exclusion.plate_number, exclusion.well, exclusion.source_line, exclusion.run_id, exclusion.assay_id
from internal.exclusion as exclusion
left join internal.specimen_owner as owner using (specimen_id);

comment on view main.exclusion is 'one row per sample reading that is kept out of results, with all that keeps it out in one cell; exclusion_reason has it apart';
comment on column main.exclusion.cohort is 'cohort';
comment on column main.exclusion.study_day is 'day of the draw of this row; 0 is the day of the first dose, negative before; null where no start or no draw is known';
