-- What the plates behind the subject were computed with.
with
own as (
    select distinct store.well.assay_id
    from store.well
    join eligible_draw using (specimen_id)
    where eligible_draw.subject_id = $subject
)
select
    current_run.file_name, current_assay.run_id, current_assay.assay_id, current_assay.method, current_assay.profile,
    current_assay.panel, current_assay.layout_file_id, current_assay.suite_hash, current_assay.config_hash,
    current_assay.code_version, current_assay.assayed_at, current_assay.lot_sheet_file_id
from current_assay
semi join own on own.assay_id = current_assay.assay_id
join current_run on current_run.run_id = current_assay.run_id
order by current_run.file_name;
