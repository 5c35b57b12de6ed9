-- One row per reportable result of a specimen that was measured with more than one lot of a kit.
-- Reportable by the plate's own rules: what trends found on an earlier night must not decide what they find on this one.
create or replace view bridge_result as
with
assay as (select assay_id from current_assay),
own as (select assay_id, plate_number, well, analyte from store.reading_state where reportable),
result as (
    select
        result.assay_id, result.run_id, result.plate_number, result.well, result.analyte, result.specimen_id,
        result.concentration as value_num
    from store.result
    join assay using (assay_id)
    join own using (assay_id, plate_number, well, analyte)
    where result.concentration_op = '=' and result.specimen_id is not null and result.concentration > 0
),
series as (
    select distinct assay_id, plate_number, plate, instrument, kit, started_at,
        first(lot) over (partition by assay_id, plate_number order by metric) as lot
    from qc_history
    where metric not in ('qc1', 'qc2')
),
measured as (
    select
        result.assay_id, result.run_id, series.plate, result.plate_number, result.well, result.analyte, series.lot,
        series.instrument, series.kit, series.started_at, result.specimen_id, result.value_num as value
    from result
    join series on series.assay_id = result.assay_id and series.plate_number = result.plate_number
),
bridging as (
    select specimen_id, analyte, kit
    from measured
    group by specimen_id, analyte, kit
    having count(distinct lot) > 1
)
select
    measured.assay_id, measured.run_id, measured.plate, measured.plate_number, measured.well, measured.analyte, measured.lot,
    measured.instrument, measured.kit, measured.started_at, measured.specimen_id, measured.value
from measured
join bridging using (specimen_id, analyte, kit);

comment on view bridge_result is 'one row per reportable result of a specimen that was measured with more than one lot of a kit';
comment on column bridge_result.value is 'concentration, dilution applied, unit of the result';
