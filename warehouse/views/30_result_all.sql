-- One row per well x analyte of every current assay, with the verdict on it, its limits and the line it was read from.
-- What findings do to a reading is what view reading_standing says. It is joined here in its two parts: asked for a few runs, DuckDB would else join
-- those of the whole archive first.
create or replace view result_all as
with
assay as (select assay_id, method, plate_key from current_assay),
run as (select run_id, file_name from current_run),
result as (from store.result),
own as (from store.reading_state),
anew as (from trend_reading_state),
curve as (from store.curve),
held as (select run_id, plate_number from held_plate),
started as (select subject_id, started_on from subject_start),
owner as (
    select specimen_id, subject_id, collected_at, date_diff('day', started.started_on, collected_at::date) as study_day
    from specimen_current
    left join started using (subject_id)
    where reason is null or reason <> 'identity_conflict'
)
select
    result.run_id, run.file_name, result.source_line, result.assay_id, result.plate, result.plate_number, result.well,
    result.sample_label, result.well_role, result.replicate_group, result.standard_level, result.specimen_id,
    owner.subject_id, owner.collected_at, owner.study_day,
    result.analyte, result.analyte_reported, result.bead_region,
    result.concentration as value_num,
    result.concentration_op as value_op,
    result.concentration_bound as value_bound,
    case result.concentration_op
        when '=' then result.concentration::varchar
        else result.concentration_op || result.concentration_bound::varchar
    end as value_reported,
    result.unit, result.ci_low, result.ci_high, result.status,
    -- Standards and background have no factor and need none; of a sample without one the limits are unknown.
    curve.lloq * case when result.well_role in ('standard', 'background') then 1 else result.dilution_factor end as lloq,
    curve.uloq * case when result.well_role in ('standard', 'background') then 1 else result.dilution_factor end as uloq,
    result.dilution_factor, result.mfi, result.net_mfi, result.bead_count, result.replicate_cv_pct,
    result.recovery_pct, result.expected_concentration,
    case
        when held.run_id is not null then 'held'
        when anew.assay_id is null then own.qc_state
        else anew.qc_state
    end as qc_state,
    held.run_id is null and coalesce(if(anew.assay_id is null, own.reportable, anew.reportable), false) as reportable,
    case
        when held.run_id is not null then concat_ws('; ', 'awaiting_decision', if(anew.assay_id is null, own.reasons, anew.reasons))
        when anew.assay_id is null then own.reasons
        else anew.reasons
    end as reasons,
    result.net_mfi_reported, result.result_reported, result.result_reported_op, result.result_reported_text,
    result.unit_reported, result.method, result.method_version, result.ci_shared
from result
join assay on assay.assay_id = result.assay_id
join run on run.run_id = result.run_id
left join own
    on own.assay_id = result.assay_id and own.plate_number = result.plate_number
    and own.well = result.well and own.analyte = result.analyte
left join anew
    on anew.assay_id = result.assay_id and anew.plate_number = result.plate_number
    and anew.well = result.well and anew.analyte = result.analyte
left join curve
    on curve.assay_id = result.assay_id and curve.plate_number = result.plate_number and curve.analyte = result.analyte
left join held on held.run_id = result.run_id and held.plate_number = result.plate_number
left join owner on owner.specimen_id = result.specimen_id;

comment on view result_all is 'one row per well x analyte of every current assay, with the verdict on it, its limits and its source line';
comment on column result_all.source_line is '1-based line of the Median row in the export';
comment on column result_all.subject_id is 'study id of the specimen; null where none or more than one is known';
comment on column result_all.collected_at is 'collection of the specimen, site wall time';
comment on column result_all.study_day is 'day of the collection; 0 is the day of the first dose, negative before; null where no start is known';
comment on column result_all.value_num is 'concentration, dilution applied; null where not quantified';
comment on column result_all.value_op is '=, < or >; null where there is neither number nor bound';
comment on column result_all.value_bound is 'the bound that < or > speaks of, dilution applied';
comment on column result_all.value_reported is 'number, or operator and bound, as text';
comment on column result_all.unit is 'unit of values, bounds, limits and CI';
comment on column result_all.ci_low is 'lower end of the 95 % confidence interval of the amount, also of a reading below or above the range; 0 where it has no lower end';
comment on column result_all.ci_shared is 'part of the interval''s variance that wells of a plate share, 0 to 1; null before it was kept';
comment on column result_all.ci_high is 'upper end';
comment on column result_all.status is 'QUANT, BELOW_LLOQ, BELOW_LOD, BELOW_CURVE, ABOVE_ULOQ, ABOVE_STANDARDS, ABOVE_CURVE, NO_CURVE, CURVE_FAILED, LOW_BEADS, MISSING, BACKGROUND, EXCLUDED or HELD';
comment on column result_all.analyte is 'canonical analyte name; the reported name where no alias is known';
comment on column result_all.plate is 'plate name: the batch, with /n where a batch holds several plates';
comment on column result_all.well_role is 'standard, qc_control, background, unknown or unknown_role';
comment on column result_all.specimen_id is 'specimen barcode';
comment on column result_all.lloq is 'lower limit of quantification x dilution; null where that is unknown';
comment on column result_all.uloq is 'upper limit of quantification x dilution; null where that is unknown';
comment on column result_all.standard_level is '1 = lowest; null where not a standard';
comment on column result_all.dilution_factor is 'factor applied to values, bounds and limits';
comment on column result_all.mfi is 'median fluorescence intensity';
comment on column result_all.bead_count is 'beads behind the median';
comment on column result_all.bead_region is 'bead region';
comment on column result_all.qc_state is 'pass, warn or fail; held where the well or its plate waits for a person; null where no rule judges the well';
comment on column result_all.reportable is 'a sample well with a result or a bound that no failing rule touches, on a plate that is not held';
comment on column result_all.reasons is 'awaiting_decision where the plate is held, then rules and states behind the verdict, joined by ''; ''';
comment on column result_all.recovery_pct is '100 x back-calculated / expected, standards and controls';
comment on column result_all.expected_concentration is 'expected concentration of a standard or control, in unit';
comment on column result_all.result_reported is 'the instrument''s own Result';
comment on column result_all.result_reported_op is 'its operator';
comment on column result_all.result_reported_text is 'its text';
comment on column result_all.net_mfi_reported is 'the instrument''s own Net MFI';
comment on column result_all.unit_reported is 'unit of the instrument''s Result';
comment on column result_all.method is 'curve method: robust, xponent or instrument';
comment on column result_all.method_version is 'version of the method';
