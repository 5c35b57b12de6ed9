-- The standard curves that the wells were read from.
with
own as (
    select distinct store.well.assay_id, store.well.plate_number
    from store.well
    join eligible_draw using (specimen_id)
    where eligible_draw.subject_id = $subject
)
select
    standard_curve.plate, standard_curve.analyte, standard_curve.method, standard_curve.method_version, standard_curve.model,
    standard_curve.coef_a, standard_curve.coef_b, standard_curve.coef_c, standard_curve.coef_d, standard_curve.coef_f,
    standard_curve.r2, standard_curve.scale_pct, standard_curve.lloq, standard_curve.lloq_reason, standard_curve.uloq,
    standard_curve.uloq_reason, standard_curve.unit, standard_curve.status, standard_curve.reasons, standard_curve.assay_id
from standard_curve
join own on own.assay_id = standard_curve.assay_id and own.plate_number = standard_curve.plate_number
semi join analyte_for_score on analyte_for_score.analyte = standard_curve.analyte
order by standard_curve.plate, standard_curve.analyte, standard_curve.assay_id;
