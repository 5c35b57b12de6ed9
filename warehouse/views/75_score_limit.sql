-- One row per subject x assay measure x plate x dilution of the latest night: from where on those wells could give a number.
-- Wells whose readings were kept out count by the draw that they hold, so a subject without a value keeps its limits.
create or replace view score_limit as
with
input as (
    select subject_id, measure, specimen_id
    from score_input
    where source_kind = 'assay' and specimen_id is not null
),
wanted as (from analyte_for_score),
draw as (
    select subject_id, unnest(specimen_ids) as specimen_id
    from anchor_draw
),
assay as (select assay_id, run_id from current_assay),
well as (
    select distinct
        well.assay_id, well.plate_number, well.specimen_id, coalesce(well.dilution_factor, 1) as dilution_factor
    from store.well as well
    join assay using (assay_id)
    anti join held_plate on held_plate.run_id = assay.run_id and held_plate.plate_number = well.plate_number
    where well_role = 'unknown' and specimen_id is not null
),
curve as (from store.curve),
run as (select run_id, batch from current_run),
kit as (
    select
        run_id,
        coalesce(
            string_agg(distinct lot_number, '; ' order by lot_number) filter (lot_kind = 'kit'),
            string_agg(distinct lot_number, '; ' order by lot_number) filter (lot_kind = 'standard')
        ) as kit_lots
    from lot_used
    group by run_id
)
select distinct
    input.subject_id, input.measure, wanted.analyte, coalesce(run.batch, left(assay.run_id, 12)) as plate,
    well.plate_number, well.dilution_factor, kit.kit_lots, curve.unit,
    coalesce(curve.lloq, curve.lowest_standard) * well.dilution_factor as lloq,
    curve.lowest_standard * well.dilution_factor as lowest_standard,
    coalesce(curve.uloq, curve.highest_standard) * well.dilution_factor as uloq,
    curve.status, assay.run_id, well.assay_id
from input
join wanted on wanted.measure = input.measure
join draw on draw.subject_id = input.subject_id
join well on well.specimen_id = draw.specimen_id
join assay on assay.assay_id = well.assay_id
join run on run.run_id = assay.run_id
join curve
    on curve.assay_id = well.assay_id and curve.plate_number = well.plate_number and curve.analyte = wanted.analyte
left join kit on kit.run_id = assay.run_id;

comment on view score_limit is 'one row per subject x assay measure x plate x dilution of the latest night: from where on those wells could give a number';
comment on column score_limit.measure is 'il12 or il2';
comment on column score_limit.analyte is 'analyte that the measure means at this site';
comment on column score_limit.plate is 'plate name: the batch, or the first characters of run_id';
comment on column score_limit.plate_number is 'plate within the batch, from 1';
comment on column score_limit.dilution_factor is 'dilution of the wells; 1 where none is known';
comment on column score_limit.kit_lots is 'kit lots, joined by ''; ''; lots of standards where no kit lot is known';
comment on column score_limit.unit is 'unit of the limits';
comment on column score_limit.lloq is 'LLOQ x dilution; the lowest standard x dilution where the curve has no LLOQ';
comment on column score_limit.lowest_standard is 'lowest standard x dilution';
comment on column score_limit.uloq is 'ULOQ x dilution; the highest standard x dilution where the curve has no ULOQ';
comment on column score_limit.status is 'state of the curve: pass, warn, fail or none';
comment on column score_limit.run_id is 'sha256 of the export';
comment on column score_limit.assay_id is 'assay that the curve belongs to';
