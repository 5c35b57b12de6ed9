-- One row per lot of a current run: those that the export names, and the kit's of its lot sheet.
create or replace view lot_used as
with
assay as (select run_id, assay_id, lot_sheet_file_id from current_assay),
standing as (select import_id from current_import),
lot as (from store.lot),
sheet as (
    select distinct file_id, kit_name, lot_number, expires_on, expires_text
    from store.lot_sheet
    join standing using (import_id)
    where kit_name is not null or lot_number is not null
)
select
    lot.run_id, assay.assay_id, lot.lot_kind, lot.label, lot.lot_name, lot.lot_number, lot.expires_on, lot.expires_text,
    lot.manufacturer, lot.result, 'export' as lot_source
from lot
join assay using (run_id)
union all
select
    assay.run_id, assay.assay_id, 'kit' as lot_kind, sheet.kit_name as label, null as lot_name, sheet.lot_number,
    sheet.expires_on, sheet.expires_text, null as manufacturer, null as result, 'lot_sheet' as lot_source
from assay
join sheet on sheet.file_id = assay.lot_sheet_file_id;

comment on view lot_used is 'one row per lot of a current run: those that the export names, and the kit''s of its lot sheet';
comment on column lot_used.label is 'kit name, reagent label or calibrator section';
comment on column lot_used.lot_source is 'export or lot_sheet';
