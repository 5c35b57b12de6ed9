-- One row per current plate x analyte: its standard curve.
create or replace view main.standard_curve as
select
    standard_curve.plate, standard_curve.plate_number, standard_curve.analyte, standard_curve.analyte_reported,
    standard_curve.status, standard_curve.reasons, standard_curve.unit, standard_curve.lloq, standard_curve.uloq,
    standard_curve.lod, standard_curve.lloq_reason, standard_curve.uloq_reason, standard_curve.lowest_standard,
    standard_curve.highest_standard, standard_curve.method, standard_curve.method_version, standard_curve.model,
    standard_curve.response, standard_curve.coef_a, standard_curve.coef_b, standard_curve.coef_c,
    standard_curve.coef_d, standard_curve.coef_f, standard_curve.ec50, standard_curve.r2, standard_curve.scale_pct,
    standard_curve.level_count, standard_curve.point_count, standard_curve.passing_levels,
    standard_curve.required_levels, standard_curve.required_passing, standard_curve.background_mfi,
    standard_curve.background_sd, standard_curve.is_converged, standard_curve.hook_level, standard_curve.steps,
    standard_curve.proposed_exclusions, standard_curve.lloq_recovery, standard_curve.uloq_recovery,
    standard_curve.lloq_precision, standard_curve.uloq_precision, standard_curve.kit_low, standard_curve.kit_high,
    standard_curve.run_id, standard_curve.assay_id
from internal.standard_curve as standard_curve;

comment on view main.standard_curve is 'one row per current plate x analyte: its standard curve';
