-- One row per sample or control well x analyte of a panel's current plates that a person may use: what a validation is computed from.
-- Concentrations are of the undiluted specimen; the curve's limits of what is in the well.
-- A reading that fails for its own spread or level alone stays: without it an assay would look more precise than it is, and a specimen
-- that was spiked is no patient's.
with
own_spread as (
    select ['replicate_cv_sample', 'kit_control_range', 'control_acceptance', 'inter_assay_cv', 'parallelism', 'plausibility', 'westgard_1_3s', 'westgard_2_2s', 'westgard_r_4s'] as rules
)
select
    plate.plate || case when plate.plate_number > 1 then '/' || plate.plate_number else '' end as plate,
    plate.assay_id || ':' || plate.plate_number as plate_key,
    coalesce(plate.started_at, plate.exported_at)::date as read_on,
    coalesce(nullif(history.instrument, ''), 'not named') as instrument,
    coalesce(plate.kit_lots, plate.standard_lots, 'not named') as lot,
    coalesce(plate.control_lots, plate.kit_lots, 'not named') as control_lot,
    result.analyte, result.unit, result.well_role = 'qc_control' as is_control,
    case when result.well_role = 'qc_control' then well.reagent_label else result.specimen_id end as material,
    result.sample_label as label, result.well, coalesce(result.dilution_factor, 1) as dilution,
    case
        when result.value_op = '=' and result.qc_state is distinct from 'held'
            and (result.qc_state is distinct from 'fail' or len(list_filter(string_split(result.reasons, '; '), lambda rule: not list_contains(own_spread.rules, rule))) = 0)
            then result.value_num
    end as value,
    result.status, result.qc_state, curve.lloq, curve.lod, curve.lowest_standard
from result_all as result
cross join own_spread
join plate on plate.assay_id = result.assay_id and plate.plate_number = result.plate_number
join store.well as well
    on well.assay_id = result.assay_id and well.plate_number = result.plate_number and well.well = result.well
left join standard_curve as curve
    on curve.assay_id = result.assay_id and curve.plate_number = result.plate_number and curve.analyte = result.analyte
left join (select distinct assay_id, instrument from qc_history) as history on history.assay_id = result.assay_id
where plate.panel = $1 and plate.state <> 'held' and result.well_role in ('unknown', 'qc_control')
order by result.analyte, plate_key, result.well
