-- A kit's lot sheet through a night: its rows, what an assay took from it and said, and the types that exports give their wells.
create table store.well_type (
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "well_type" VARCHAR not null,
    "well_role" VARCHAR not null,
    primary key ("run_id", "plate_number", "well")
);
comment on table store.well_type is 'one row per well whose role the export itself declares, as its software typed it';
comment on column store.well_type."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.well_type."plate_number" is 'plate within the batch, from 1';
comment on column store.well_type."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.well_type."well_type" is 'type as written, for example S1, C2, X14, U3, B';
comment on column store.well_type."well_role" is 'standard, qc_control, background or unknown';

create table store.assay_warning (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "position" BIGINT not null,
    "code" VARCHAR not null,
    "message" VARCHAR not null,
    primary key ("assay_id", "run_id", "position")
);
comment on table store.assay_warning is 'one row per warning about what lies in the wells of a run: layout, lot sheet, roles';
comment on column store.assay_warning."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.assay_warning."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.assay_warning."position" is 'order, from 1';
comment on column store.assay_warning."code" is 'short name, for example unknown_role';
comment on column store.assay_warning."message" is 'one sentence';

create table store.assay_reagent (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "reagent_label" VARCHAR not null,
    "reagent_kind" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "expected_concentration" DOUBLE,
    "expected_text" VARCHAR,
    "range_low" DOUBLE,
    "range_high" DOUBLE,
    "unit_reported" VARCHAR,
    "reagent_source" VARCHAR not null,
    "source_line" BIGINT,
    primary key ("assay_id", "run_id", "reagent_label", "analyte_reported")
);
comment on table store.assay_reagent is 'one row per standard or control x analyte that an assay with a lot sheet was computed with';
comment on column store.assay_reagent."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.assay_reagent."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.assay_reagent."reagent_label" is 'label in the reagent table or the lot sheet';
comment on column store.assay_reagent."reagent_kind" is 'standard or qc_control';
comment on column store.assay_reagent."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.assay_reagent."expected_concentration" is 'expected concentration, in unit_reported';
comment on column store.assay_reagent."expected_text" is 'the expected concentration exactly as written';
comment on column store.assay_reagent."range_low" is 'low end of the control''s range, in unit_reported';
comment on column store.assay_reagent."range_high" is 'high end of the control''s range, in unit_reported';
comment on column store.assay_reagent."unit_reported" is 'unit as the export or the lot sheet writes it';
comment on column store.assay_reagent."reagent_source" is 'export, lot_sheet, or both where the sheet fills what the export leaves';
comment on column store.assay_reagent."source_line" is '1-based line of the export, or of the lot sheet where that is the source';

create table store.lot_sheet (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "reagent_label" VARCHAR not null,
    "reagent_kind" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "expected_concentration" DOUBLE,
    "expected_text" VARCHAR,
    "range_low" DOUBLE,
    "range_high" DOUBLE,
    "unit_reported" VARCHAR,
    "kit_name" VARCHAR,
    "lot_number" VARCHAR,
    "expires_on" DATE,
    "expires_text" VARCHAR,
    "plates" VARCHAR,
    primary key ("import_id", "file_id", "reagent_label", "analyte_reported")
);
comment on table store.lot_sheet is 'one row per standard or control x analyte of a kit''s lot sheet';
comment on column store.lot_sheet."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.lot_sheet."file_id" is 'sha256 of the sheet''s bytes';
comment on column store.lot_sheet."source_line" is '1-based line, counted through the sheets of a workbook';
comment on column store.lot_sheet."reagent_label" is 'label as the sheet spells it, for example Standard1';
comment on column store.lot_sheet."reagent_kind" is 'standard or qc_control';
comment on column store.lot_sheet."analyte_reported" is 'analyte as the sheet spells it';
comment on column store.lot_sheet."expected_concentration" is 'expected concentration, the sheet''s unit';
comment on column store.lot_sheet."expected_text" is 'the expected concentration exactly as written';
comment on column store.lot_sheet."range_low" is 'low end of the control''s range, the sheet''s unit';
comment on column store.lot_sheet."range_high" is 'high end of the control''s range, the sheet''s unit';
comment on column store.lot_sheet."unit_reported" is 'unit as written';
comment on column store.lot_sheet."kit_name" is 'kit as written';
comment on column store.lot_sheet."lot_number" is 'lot as written';
comment on column store.lot_sheet."expires_on" is 'expiry date; null where its day and month cannot be told apart';
comment on column store.lot_sheet."expires_text" is 'expiry as written';
comment on column store.lot_sheet."plates" is 'plates that the sheet names, joined by '' | ''; null where its lot decides';

alter table store.assay add column "lot_sheet_file_id" VARCHAR;
comment on column store.assay."lot_sheet_file_id" is 'sha256 of the kit''s lot sheet; null where the export''s own reagents stand';

comment on table store.assay is 'one row per computation on a run: one layout, lot sheet, panel, method, profile, suite, configuration and code version';
comment on column store.well."role_source" is 'layout, well_type, reagent_table, lot_sheet, default_name or none';
comment on column store.clinical_file."kind" is 'layouts, lot_sheets, specimens, labs, treatments or outcomes';
