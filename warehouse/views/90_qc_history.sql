-- One row per standing plate x analyte x metric: a number that is followed, and the series to which it belongs.
-- A held plate is none until a person decides: it may be a second copy of another; and the copy that a person excluded never is.
-- Its lots are those of kit and standards; a control's are its own besides, since a new lot of it has another target.
create or replace view qc_history as
with
assay as (select assay_id, run_id, method from current_assay),
run as (from current_run),
copy as (
    select excluded.run_id, excluded.plate_number
    from excluded_plate as excluded
    join store.plate_reading as own on own.run_id = excluded.run_id and own.plate_number = excluded.plate_number
    join store.plate_reading as other on other.reading_hash = own.reading_hash and other.run_id <> own.run_id
    join run on run.run_id = other.run_id
),
point as (
    from store.trend_point as whole
    anti join held_plate on held_plate.run_id = whole.run_id and held_plate.plate_number = whole.plate_number
    anti join copy on copy.run_id = whole.run_id and copy.plate_number = whole.plate_number
),
plate_verdict as (from store.plate_verdict),
analyte_verdict as (from store.analyte_verdict),
lot as (
    select
        run_id,
        string_agg(distinct lot_number, ' + ' order by lot_number) filter (lot_kind = 'kit') as kit,
        string_agg(distinct lot_number, ' + ' order by lot_number) filter (lot_kind = 'standard') as standards,
        string_agg(distinct lot_number, ' + ' order by lot_number) filter (lot_kind = 'qc_control') as controls,
        string_agg(distinct coalesce(label, lot_name), ' + ' order by coalesce(label, lot_name)) filter (lot_kind = 'kit')
            as kit_name
    from lot_used
    group by run_id
)
select
    point.assay_id, point.run_id,
    coalesce(nullif(run.batch, ''), left(point.run_id, 12))
        || case when point.plate_number > 1 then '/' || point.plate_number else '' end as plate,
    point.plate_number, point.analyte, point.metric,
    coalesce(nullif(concat_ws('; ',
        nullif(lot.kit, ''),
        case when lot.standards is distinct from lot.kit then 'standards ' || nullif(lot.standards, '') end,
        case when point.metric in ('qc1', 'qc2') then 'controls ' || nullif(lot.controls, '') end
    ), ''), 'not named') as lot,
    coalesce(nullif(run.instrument_serial, ''), nullif(run.instrument_type, ''), 'not named') as instrument,
    assay.method,
    coalesce(nullif(lot.kit_name, ''), nullif(run.protocol_name, ''), 'not named') as kit,
    coalesce(run.started_at, run.stopped_at, run.exported_at) as started_at,
    plate_verdict.state <> 'fail' and analyte_verdict.state <> 'fail' as is_accepted,
    point.value
from point
join assay using (assay_id)
join run on run.run_id = point.run_id
join plate_verdict on plate_verdict.assay_id = point.assay_id and plate_verdict.plate_number = point.plate_number
join analyte_verdict
    on analyte_verdict.assay_id = point.assay_id
    and analyte_verdict.plate_number = point.plate_number
    and analyte_verdict.analyte = point.analyte
left join lot on lot.run_id = point.run_id;

comment on view qc_history is 'one row per standing plate x analyte x metric: a number that is followed, and its series';
comment on column qc_history.plate is 'plate name';
comment on column qc_history.lot is 'lots that a baseline is bound to: kit and standards; for controls theirs too';
comment on column qc_history.instrument is 'serial number of the instrument, else its type';
comment on column qc_history.method is 'curve method: robust, xponent or instrument';
comment on column qc_history.kit is 'kit, else protocol: plates of one kit follow each other';
comment on column qc_history.started_at is 'start of the run, instrument wall time; its stop or its export where the export names no start';
comment on column qc_history.is_accepted is 'neither the plate nor the analyte on it fails by its own rules';
