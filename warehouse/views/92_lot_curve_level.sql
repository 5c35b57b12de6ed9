-- One row per standing plate x analyte x standard level: what its curve gives there, and to which lot's curves it belongs.
create or replace view lot_curve_level as
with
plate as (from followed_plate),
point as (from store.trend_point),
analyte_verdict as (from store.analyte_verdict),
level as (
    select assay_id, plate_number, analyte, standard_level, expected_concentration, fitted_mfi
    from store.standard_level
    where standard_level > 0 and expected_concentration > 0 and fitted_mfi > 0
)
select
    point.assay_id, point.run_id, plate.plate, point.plate_number, point.analyte, level.standard_level, plate.lot,
    plate.instrument, plate.method, plate.started_at,
    plate.is_accepted and analyte_verdict.state <> 'fail' as is_accepted,
    level.expected_concentration, level.fitted_mfi
from point
join plate using (assay_id, plate_number)
join analyte_verdict using (assay_id, plate_number, analyte)
join level using (assay_id, plate_number, analyte)
where point.metric = 'high_mfi';

comment on view lot_curve_level is 'one row per standing plate x analyte x standard level: what its curve gives there, and to which lot''s curves it belongs';
comment on column lot_curve_level.plate is 'plate name';
comment on column lot_curve_level.standard_level is '1 = lowest standard';
comment on column lot_curve_level.lot is 'lots of kit and standards';
comment on column lot_curve_level.instrument is 'serial number of the instrument, else its type';
comment on column lot_curve_level.method is 'curve method: robust, xponent or instrument';
comment on column lot_curve_level.started_at is 'start of the run; its stop or its export where the export names no start';
comment on column lot_curve_level.is_accepted is 'neither the plate nor the analyte on it fails by its own rules';
comment on column lot_curve_level.expected_concentration is 'expected, in the curve''s unit';
comment on column lot_curve_level.fitted_mfi is 'the curve at the expected concentration, as MFI';
