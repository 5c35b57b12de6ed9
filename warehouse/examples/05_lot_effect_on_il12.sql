-- Do lots differ in IL-12?
-- lot VARCHAR, plates BIGINT, specimens BIGINT, quantified BIGINT, unit VARCHAR, geometric_mean DOUBLE, control_recovery_pct DOUBLE
-- Patients differ from lot to lot as well; the recovery of the controls does not hang on them. Specimens that were measured with two lots are in bridge_result.
with
of_lot as (
    select
        plate.standard_lots as lot,
        count(distinct (result.assay_id, result.plate_number)) as plates,
        count(distinct result.specimen_id) as specimens,
        count(*) filter (result.value_op = '=') as quantified,
        min(result.unit) as unit,
        round(exp(avg(ln(result.value)) filter (result.value_op = '=' and result.value > 0)), 2) as geometric_mean
    from specimen_result as result
    join plate using (assay_id, plate_number)
    where result.analyte = 'IL-12p70' and plate.state in ('pass', 'warn')
    group by all
),
controls as (
    select plate.standard_lots as lot, round(median(control.recovery_pct), 1) as control_recovery_pct
    from control_result as control
    join plate using (assay_id, plate_number)
    where control.analyte = 'IL-12p70' and plate.state in ('pass', 'warn')
    group by all
)
select of_lot.lot, of_lot.plates, of_lot.specimens, of_lot.quantified, of_lot.unit, of_lot.geometric_mean, controls.control_recovery_pct
from of_lot
left join controls using (lot)
order by all;
