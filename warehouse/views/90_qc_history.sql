-- One row per standing plate x analyte x metric: a number that is followed, and the series to which it belongs.
-- Its lots are those of kit and standards; a control's are its own besides, since a new lot of it has another target.
create or replace view qc_history as
with
plate as (from followed_plate),
point as (from store.trend_point),
analyte_verdict as (from store.analyte_verdict)
select
    point.assay_id, point.run_id, plate.plate, point.plate_number, point.analyte, point.metric,
    case when point.metric in ('qc1', 'qc2') then plate.control_lot else plate.lot end as lot,
    plate.instrument, plate.method, plate.kit, plate.started_at,
    plate.is_accepted and analyte_verdict.state <> 'fail' as is_accepted,
    point.value
from point
join plate on plate.assay_id = point.assay_id and plate.plate_number = point.plate_number
join analyte_verdict
    on analyte_verdict.assay_id = point.assay_id
    and analyte_verdict.plate_number = point.plate_number
    and analyte_verdict.analyte = point.analyte;

comment on view qc_history is 'one row per standing plate x analyte x metric: a number that is followed, and its series';
comment on column qc_history.plate is 'plate name';
comment on column qc_history.lot is 'lots that a baseline is bound to: kit and standards; for controls theirs too';
comment on column qc_history.instrument is 'serial number of the instrument, else its type';
comment on column qc_history.method is 'curve method: robust, xponent or instrument';
comment on column qc_history.kit is 'kit, else protocol: plates of one kit follow each other';
comment on column qc_history.started_at is 'start of the run, instrument wall time; its stop or its export where the export names no start';
comment on column qc_history.is_accepted is 'neither the plate nor the analyte on it fails by its own rules';
