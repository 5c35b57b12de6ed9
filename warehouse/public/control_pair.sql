-- One row per standing plate x assay measure of the score with two controls: what plates of a lot differ by is found from them.
create or replace view main.control_pair as
select
    pair.plate_number, run_day.run_day, pair.measure, pair.analyte, pair.lot, pair.instrument, pair.method,
    pair.is_accepted, pair.qc1, pair.qc2, pair.shared_width_squared, pair.run_id, pair.assay_id
from internal.control_pair as pair
left join internal.run_day as run_day using (run_id);

comment on view main.control_pair is 'one row per standing plate x assay measure of the score with two controls: what plates of a lot differ by is found from them';
comment on column main.control_pair.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
