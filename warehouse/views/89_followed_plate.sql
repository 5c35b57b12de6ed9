-- One row per standing plate that is followed: what decides to which series its numbers belong, and where in them it stands.
-- A held plate is none until a person decides: it may be a second copy of another; and the copy that a person excluded never is.
create or replace view followed_plate as
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
plate_verdict as (from store.plate_verdict),
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
),
named as (
    select
        run_id, kit_name, nullif(kit, '') as kit,
        case when standards is distinct from kit then 'standards ' || nullif(standards, '') end as standards,
        'controls ' || nullif(controls, '') as controls
    from lot
)
select
    plate_verdict.assay_id, assay.run_id,
    coalesce(nullif(run.batch, ''), left(assay.run_id, 12))
        || case when plate_verdict.plate_number > 1 then '/' || plate_verdict.plate_number else '' end as plate,
    plate_verdict.plate_number,
    coalesce(nullif(concat_ws('; ', named.kit, named.standards), ''), 'not named') as lot,
    coalesce(nullif(concat_ws('; ', named.kit, named.standards, named.controls), ''), 'not named') as control_lot,
    coalesce(nullif(run.instrument_serial, ''), nullif(run.instrument_type, ''), 'not named') as instrument,
    assay.method,
    coalesce(nullif(named.kit_name, ''), nullif(run.protocol_name, ''), 'not named') as kit,
    coalesce(run.started_at, run.stopped_at, run.exported_at) as started_at,
    plate_verdict.state <> 'fail' as is_accepted
from plate_verdict
join assay using (assay_id)
join run on run.run_id = assay.run_id
left join named on named.run_id = assay.run_id
anti join held_plate on held_plate.run_id = assay.run_id and held_plate.plate_number = plate_verdict.plate_number
anti join copy on copy.run_id = assay.run_id and copy.plate_number = plate_verdict.plate_number;

comment on view followed_plate is 'one row per standing plate that is followed: to which series its numbers belong, and where in them it stands';
comment on column followed_plate.plate is 'plate name';
comment on column followed_plate.lot is 'lots that a baseline is bound to: kit and standards';
comment on column followed_plate.control_lot is 'the same with the lots of the controls, since a new lot of them has another target';
comment on column followed_plate.instrument is 'serial number of the instrument, else its type';
comment on column followed_plate.method is 'curve method: robust, xponent or instrument';
comment on column followed_plate.kit is 'kit, else protocol: plates of one kit follow each other';
comment on column followed_plate.started_at is 'start of the run, instrument wall time; its stop or its export where the export names no start';
comment on column followed_plate.is_accepted is 'the plate does not fail by its own rules';
