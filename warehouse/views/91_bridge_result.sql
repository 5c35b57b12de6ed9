-- One row per reportable, quantified result of a specimen that was measured with more than one lot of a kit.
-- Reportable by the plate's own rules: what trends found on an earlier night must not decide what they find on this one.
create or replace view bridge_result as
with
assay as (select assay_id from current_assay),
series as (
    select distinct assay_id, plate_number, plate, instrument, kit, started_at,
        first(lot) over (partition by assay_id, plate_number order by metric) as lot
    from qc_history
    where metric not in ('qc1', 'qc2')
),
-- Wells say which specimens met more than one lot; readings, forty times as many, are looked at for those alone.
met as (
    select well.assay_id, well.plate_number, well.specimen_id, series.kit, series.lot
    from store.well as well
    join series on series.assay_id = well.assay_id and series.plate_number = well.plate_number
    where well.specimen_id is not null
),
shared as (
    select specimen_id, kit
    from met
    group by specimen_id, kit
    having count(distinct lot) > 1
),
asked as (select distinct assay_id from met join shared using (specimen_id, kit)),
own as (
    select assay_id, plate_number, well, analyte
    from store.reading_state
    where reportable and assay_id in (select assay_id from asked)
),
result as (
    select
        result.assay_id, result.run_id, result.plate_number, result.well, result.analyte, result.specimen_id,
        result.concentration as value_num
    from store.result
    join assay using (assay_id)
    join own using (assay_id, plate_number, well, analyte)
    where
        result.concentration_op = '=' and result.specimen_id is not null and result.concentration > 0
        and result.assay_id in (select assay_id from asked)
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

comment on view bridge_result is 'one row per reportable, quantified result of a specimen that was measured with more than one lot of a kit';
comment on column bridge_result.plate is 'plate name: the batch, with /n where a batch holds several plates';
comment on column bridge_result.specimen_id is 'specimen barcode';
comment on column bridge_result.value is 'concentration, dilution applied, unit of the result';
