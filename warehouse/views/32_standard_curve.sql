-- One row per current plate x analyte: its standard curve.
create or replace view standard_curve as
with
assay as (select assay_id from current_assay),
curve as (from store.curve)
select
    curve.run_id, curve.assay_id, curve.plate, curve.plate_number, curve.analyte, curve.analyte_reported, curve.method,
    curve.method_version, curve.model, curve.response, curve.coef_a, curve.coef_b, curve.coef_c, curve.coef_d, curve.coef_f,
    curve.ec50, curve.unit, curve.r2, curve.scale_pct, curve.level_count, curve.point_count, curve.lowest_standard,
    curve.highest_standard, curve.lloq, curve.uloq, curve.lloq_reason, curve.uloq_reason, curve.lod, curve.background_mfi,
    curve.background_sd, curve.passing_levels, curve.is_converged, curve.hook_level, curve.status, curve.reasons,
    curve.steps, curve.proposed_exclusions, curve.lloq_recovery, curve.uloq_recovery, curve.lloq_precision,
    curve.uloq_precision, curve.kit_low, curve.kit_high, curve.required_levels, curve.required_passing
from curve
join assay using (assay_id);

comment on view standard_curve is 'one row per current plate x analyte: its standard curve';
comment on column standard_curve.analyte is 'canonical analyte name';
comment on column standard_curve.plate is 'plate name';
comment on column standard_curve.method is 'curve method: robust, xponent or instrument';
comment on column standard_curve.method_version is 'version of the method';
comment on column standard_curve.coef_a is 'A of y = A + (B - A) / (1 + (x/C)^D)^F: response at dose 0';
comment on column standard_curve.coef_b is 'B: response at infinite dose';
comment on column standard_curve.coef_c is 'C, in unit';
comment on column standard_curve.coef_d is 'D, negative for a rising curve';
comment on column standard_curve.coef_f is 'F, asymmetry; 1 for 4PL';
comment on column standard_curve.unit is 'unit of concentrations';
comment on column standard_curve.status is 'pass, warn, fail or none';
comment on column standard_curve.reasons is 'why, short names joined by ;';
comment on column standard_curve.lloq is 'lower limit of quantification, undiluted: lloq_reason says which of the others it is';
comment on column standard_curve.uloq is 'upper limit, undiluted: uloq_reason says which of the others it is';
