-- Findings that concern the wells, their analytes or their plates as a whole, those of trends included.
with
flag as (
    select
        plate, plate_number, rule, severity, unit_of_judgement, well, replicate_group, analyte, observed_text, limit_text,
        effect, action, message, assay_id
    from qc_flag
    union all
    select
        plate, plate_number, rule, severity, case when analyte is null then 'plate' else 'analyte_plate' end, null, null,
        analyte, observed_text, limit_text, effect, action, message, assay_id
    from qc_trend
),
own as (
    select distinct store.well.assay_id, store.well.plate_number, store.well.well, store.well.replicate_group
    from store.well
    join eligible_draw using (specimen_id)
    where eligible_draw.subject_id = $subject
),
plate as (select distinct assay_id from own)
select
    flag.plate, flag.rule, flag.severity, flag.unit_of_judgement, flag.well, flag.analyte,
    flag.observed_text, flag.limit_text, flag.effect, flag.action, flag.message, flag.assay_id
from flag
semi join plate on plate.assay_id = flag.assay_id
where
    (flag.analyte is null or flag.analyte in (select analyte from analyte_for_score))
    and (
        (flag.well is null and flag.replicate_group is null)
        or exists (
            select 1 from own
            where own.assay_id = flag.assay_id
                and (own.well = flag.well or (flag.well is null and own.replicate_group = flag.replicate_group))
        )
    )
order by flag.plate, flag.severity, flag.rule, flag.analyte, flag.well;
