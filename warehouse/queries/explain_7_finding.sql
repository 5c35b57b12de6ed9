-- Findings that concern the wells, their analytes or their plates as a whole.
with
own as (
    select distinct store.well.assay_id, store.well.plate_number, store.well.well, store.well.replicate_group
    from store.well
    join eligible_draw using (specimen_id)
    where eligible_draw.subject_id = $subject
),
plate as (select distinct assay_id from own)
select
    qc_flag.plate, qc_flag.rule, qc_flag.severity, qc_flag.unit_of_judgement, qc_flag.well, qc_flag.analyte,
    qc_flag.observed_text, qc_flag.limit_text, qc_flag.effect, qc_flag.action, qc_flag.message, qc_flag.assay_id
from qc_flag
semi join plate on plate.assay_id = qc_flag.assay_id
where
    (qc_flag.analyte is null or qc_flag.analyte in (select analyte from analyte_for_score))
    and (
        (qc_flag.well is null and qc_flag.replicate_group is null)
        or exists (
            select 1 from own
            where own.assay_id = qc_flag.assay_id
                and (own.well = qc_flag.well or (qc_flag.well is null and own.replicate_group = qc_flag.replicate_group))
        )
    )
order by qc_flag.plate, qc_flag.severity, qc_flag.rule, qc_flag.analyte, qc_flag.well;
