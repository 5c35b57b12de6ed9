-- One row per lot of a current run: those that the export names, and the kit's of its lot sheet.
create or replace view main.lot_used as
select
    lot.lot_kind, lot.label, lot.lot_name, lot.lot_number, lot.manufacturer, lot.result, lot.lot_source,
    date_diff('day', run_day.run_on, lot.expires_on) as days_to_expiry, run_day.run_day, lot.run_id, lot.assay_id
from internal.lot_used as lot
left join internal.run_day as run_day using (run_id);

comment on view main.lot_used is 'one row per lot of a current run: those that the export names, and the kit''s of its lot sheet';
comment on column main.lot_used.run_day is 'day on which the plate was read, counted from the first plate of the laboratory, which is 0';
comment on column main.lot_used.days_to_expiry is 'whole days from the reading of the plate to the expiry of the lot; negative where it had expired; null where either is not known';
