-- What a person says of a held well, or of a refused file; and wells that are held because of a cell.
alter table store.decision add column "told" VARCHAR;
comment on column store.decision."told" is 'what a release or a telling says, as JSON; null for the others';
comment on column store.decision."kind" is 'exclude, keep, release, tell or reverse';
comment on column store.decision."plate_content" is 'content hash of the plate''s readings, its run_id where it has none, or sha256 of a file that is told about';
comment on column store.well."role_source" is 'layout, decision, well_type, reagent_table, lot_sheet, default_name, net_mfi or none';
comment on column store.well."dilution_source" is 'decision, layout, export or assumed_1; null where there is no factor';
comment on column store.well."doubt" is 'what is doubtful about the well: label, dilution, cell or background; null where nothing is';
comment on column store.well."specimen_id" is 'specimen barcode from the layout or a decision; null where neither names the well';
