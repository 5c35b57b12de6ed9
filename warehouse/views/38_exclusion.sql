-- One row per sample reading that is kept out of results, with what keeps it out.
create or replace view exclusion as
with
result_all as (from result_all)
select
    run_id, assay_id, plate, plate_number, well, specimen_id, subject_id, analyte, status, qc_state,
    coalesce(reasons, status) as reasons, mfi, bead_count, source_line
from result_all
where well_role = 'unknown' and not reportable;

comment on view exclusion is 'one row per sample reading that is kept out of results, with what keeps it out';
comment on column exclusion.reasons is 'rules and states that keep it out, joined by ''; ''';
