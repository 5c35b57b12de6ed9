-- One row per standing plate x analyte x standard level: what its curve gives there, of which the curve of the lot is made.
create or replace view main.lot_curve_level as
select
    level.plate, level.plate_number, run_day.run_day, level.analyte, level.standard_level,
    level.expected_concentration, level.fitted_mfi, level.lot, level.instrument, level.method, level.is_accepted,
    level.run_id, level.assay_id
from internal.lot_curve_level as level
left join internal.run_day as run_day using (run_id);

comment on view main.lot_curve_level is 'one row per standing plate x analyte x standard level: what its curve gives there, of which the curve of the lot is made';
comment on column main.lot_curve_level.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
