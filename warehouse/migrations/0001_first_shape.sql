-- The first shape: a table per declared frame, and the tables that record how rows came to be there. Append-only.
create schema if not exists store;

create table store.run (
    "run_id" VARCHAR not null,
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "loaded_at" TIMESTAMP not null,
    "archived_path" VARCHAR,
    "plate_key" VARCHAR not null,
    "content_hash" VARCHAR,
    "file_name" VARCHAR not null,
    "byte_count" BIGINT not null,
    "format" VARCHAR not null,
    "program" VARCHAR,
    "software_version" VARCHAR,
    "instrument_type" VARCHAR,
    "instrument_serial" VARCHAR,
    "batch" VARCHAR,
    "operator" VARCHAR,
    "computer_name" VARCHAR,
    "country_code" VARCHAR,
    "protocol_name" VARCHAR,
    "protocol_version" VARCHAR,
    "plate_type" BIGINT,
    "plate_count" BIGINT not null,
    "analysis_mode" VARCHAR,
    "min_events" BIGINT,
    "samples_declared" BIGINT,
    "exported_at" TIMESTAMP,
    "started_at" TIMESTAMP,
    "stopped_at" TIMESTAMP,
    "date_order" VARCHAR,
    "date_evidence" VARCHAR,
    "encoding" VARCHAR not null,
    "delimiter" VARCHAR not null,
    "decimal_mark" VARCHAR not null,
    "is_resaved" BOOLEAN not null,
    "crc_state" VARCHAR not null,
    "crc_expected" VARCHAR,
    "crc_found" VARCHAR,
    primary key ("run_id")
);
comment on table store.run is 'one row per export file, loaded once';
comment on column store.run."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.run."sequence" is 'order of loading, from 1';
comment on column store.run."night_id" is 'night that wrote the row';
comment on column store.run."loaded_at" is 'when the file was loaded, site wall time';
comment on column store.run."archived_path" is 'where the bytes are kept, relative to the site';
comment on column store.run."plate_key" is 'which physical reading this is: instrument serial | batch | start';
comment on column store.run."content_hash" is 'sha256 of the MFI values by well and analyte; null where there is none';
comment on column store.run."file_name" is 'name of the file as dropped';
comment on column store.run."byte_count" is 'size of the file, bytes';
comment on column store.run."format" is 'format that a reader claimed';
comment on column store.run."program" is 'program that wrote the export';
comment on column store.run."software_version" is 'version and build of the program';
comment on column store.run."instrument_type" is 'instrument type';
comment on column store.run."instrument_serial" is 'instrument serial number';
comment on column store.run."batch" is 'batch name';
comment on column store.run."operator" is 'operator; never published';
comment on column store.run."computer_name" is 'computer name; never published';
comment on column store.run."country_code" is 'country code of the export';
comment on column store.run."protocol_name" is 'protocol name';
comment on column store.run."protocol_version" is 'protocol version';
comment on column store.run."plate_type" is 'wells of a plate, 96 or 384';
comment on column store.run."plate_count" is 'plates in the batch';
comment on column store.run."analysis_mode" is 'analysis mode of the export, for example Off';
comment on column store.run."min_events" is 'beads requested per region';
comment on column store.run."samples_declared" is 'samples that the header declares';
comment on column store.run."exported_at" is 'when the export was written, instrument wall time';
comment on column store.run."started_at" is 'start of the batch, instrument wall time';
comment on column store.run."stopped_at" is 'end of the batch, instrument wall time';
comment on column store.run."date_order" is 'mdy, dmy or ymd';
comment on column store.run."date_evidence" is 'why that order';
comment on column store.run."encoding" is 'character encoding of the file';
comment on column store.run."delimiter" is 'cell delimiter';
comment on column store.run."decimal_mark" is 'decimal mark';
comment on column store.run."is_resaved" is 'a spreadsheet saved the file again';
comment on column store.run."crc_state" is 'match, mismatch or absent';
comment on column store.run."crc_expected" is 'checksum that the file states';
comment on column store.run."crc_found" is 'checksum of its bytes';

create table store.assay (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "assayed_at" TIMESTAMP not null,
    "layout_file_id" VARCHAR,
    "panel" VARCHAR,
    "method" VARCHAR not null,
    "profile" VARCHAR not null,
    "suite_hash" VARCHAR not null,
    "config_hash" VARCHAR not null,
    "code_version" VARCHAR not null,
    primary key ("assay_id")
);
comment on table store.assay is 'one row per computation on a run: one layout, panel, method, profile, suite, configuration and code version';
comment on column store.assay."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.assay."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.assay."sequence" is 'order of loading, from 1';
comment on column store.assay."night_id" is 'night that wrote the row';
comment on column store.assay."assayed_at" is 'when it was loaded, site wall time';
comment on column store.assay."layout_file_id" is 'sha256 of the layout file; null where the export''s own roles stand';
comment on column store.assay."panel" is 'panel; null where none was given';
comment on column store.assay."method" is 'robust or xponent';
comment on column store.assay."profile" is 'QC profile, research or regulated';
comment on column store.assay."suite_hash" is 'sha256 of the effective expectation suite';
comment on column store.assay."config_hash" is 'sha256 of the site''s effective configuration';
comment on column store.assay."code_version" is 'version of this program';

create table store.assay_selection (
    "sequence" BIGINT not null,
    "run_id" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "night_id" VARCHAR not null,
    primary key ("sequence")
);
comment on table store.assay_selection is 'one row per choice of the assay that stands for a run; the latest counts';
comment on column store.assay_selection."sequence" is 'order of loading, from 1';
comment on column store.assay_selection."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.assay_selection."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.assay_selection."night_id" is 'night that wrote the row';

create table store.supersession (
    "run_id" VARCHAR not null,
    "superseded_by" VARCHAR not null,
    "reason" VARCHAR not null,
    "night_id" VARCHAR not null,
    primary key ("run_id", "superseded_by")
);
comment on table store.supersession is 'one row per run that another export of the same plate replaces';
comment on column store.supersession."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.supersession."superseded_by" is 'run_id of the newer export';
comment on column store.supersession."reason" is 'why the other is newer, in one sentence';
comment on column store.supersession."night_id" is 'night that wrote the row';

create table store.clinical_file (
    "file_id" VARCHAR not null,
    "kind" VARCHAR not null,
    "name" VARCHAR not null,
    primary key ("file_id")
);
comment on table store.clinical_file is 'one row per clinical file, loaded once';
comment on column store.clinical_file."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.clinical_file."kind" is 'layout, specimens, labs, treatments or outcomes';
comment on column store.clinical_file."name" is 'name of the file as dropped';

create table store.clinical_import (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "imported_at" TIMESTAMP not null,
    "linkage_hash" VARCHAR,
    "settings_hash" VARCHAR not null,
    "code_version" VARCHAR not null,
    "row_count" BIGINT not null,
    primary key ("import_id")
);
comment on table store.clinical_import is 'one row per derivation of rows from a clinical file with one linkage and one set of settings';
comment on column store.clinical_import."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.clinical_import."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.clinical_import."sequence" is 'order of loading, from 1';
comment on column store.clinical_import."night_id" is 'night that wrote the row';
comment on column store.clinical_import."imported_at" is 'when it was loaded, site wall time';
comment on column store.clinical_import."linkage_hash" is 'sha256 of the linkage that resolved identities; null where none was needed';
comment on column store.clinical_import."settings_hash" is 'sha256 of unit tables, code map, suite and time zone';
comment on column store.clinical_import."code_version" is 'version of this program';
comment on column store.clinical_import."row_count" is 'rows derived from the file';

create table store.import_selection (
    "sequence" BIGINT not null,
    "file_id" VARCHAR not null,
    "import_id" VARCHAR not null,
    "night_id" VARCHAR not null,
    primary key ("sequence")
);
comment on table store.import_selection is 'one row per choice of the import that stands for a clinical file; the latest counts';
comment on column store.import_selection."sequence" is 'order of loading, from 1';
comment on column store.import_selection."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.import_selection."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.import_selection."night_id" is 'night that wrote the row';

create table store.refusal (
    "night_id" VARCHAR not null,
    "kind" VARCHAR not null,
    "name" VARCHAR not null,
    "sha256" VARCHAR,
    "reason" VARCHAR not null,
    "message" VARCHAR not null,
    "line" BIGINT,
    "refused_at" TIMESTAMP not null,
    primary key ("night_id", "kind", "name")
);
comment on table store.refusal is 'one row per file that a night did not accept';
comment on column store.refusal."night_id" is 'night that wrote the row';
comment on column store.refusal."kind" is 'what the file was dropped as: plates, layouts, specimens, labs ...';
comment on column store.refusal."name" is 'name of the file as dropped';
comment on column store.refusal."sha256" is 'sha256 of its bytes; null where they could not be read';
comment on column store.refusal."reason" is 'kind of refusal, for example CorruptedLadder';
comment on column store.refusal."message" is 'the refusal in one line, with place, expected and found';
comment on column store.refusal."line" is '1-based line; null where the file as a whole is meant';
comment on column store.refusal."refused_at" is 'when, site wall time';

create table store.night (
    "night_id" VARCHAR not null,
    "sequence" BIGINT not null,
    "started_at" TIMESTAMP not null,
    "config_hash" VARCHAR,
    "code_version" VARCHAR,
    primary key ("night_id")
);
comment on table store.night is 'one row per night, as begun';
comment on column store.night."night_id" is 'night that wrote the row';
comment on column store.night."sequence" is 'order of loading, from 1';
comment on column store.night."started_at" is 'start, site wall time';
comment on column store.night."config_hash" is 'sha256 of the site''s effective configuration';
comment on column store.night."code_version" is 'version of this program';

create table store.night_end (
    "night_id" VARCHAR not null,
    "finished_at" TIMESTAMP not null,
    "state" VARCHAR not null,
    "counts" VARCHAR not null,
    primary key ("night_id")
);
comment on table store.night_end is 'one row per night that came to its end; a night without a row here was interrupted';
comment on column store.night_end."night_id" is 'night that wrote the row';
comment on column store.night_end."finished_at" is 'end, site wall time';
comment on column store.night_end."state" is 'done, done_with_refusals or failed';
comment on column store.night_end."counts" is 'JSON object: name of the count -> number';

create table store.cutoff_set (
    "set_hash" VARCHAR not null,
    "cutoff_set" VARCHAR not null,
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "title" VARCHAR not null,
    "high_at" BIGINT not null,
    "citation" VARCHAR not null,
    "note" VARCHAR not null,
    "author" VARCHAR not null,
    "checker" VARCHAR not null,
    "reviewed_on" VARCHAR not null,
    "next_review" VARCHAR not null,
    primary key ("set_hash")
);
comment on table store.cutoff_set is 'one row per version of a cut-off set';
comment on column store.cutoff_set."set_hash" is 'sha256 of the set';
comment on column store.cutoff_set."cutoff_set" is 'name of the set';
comment on column store.cutoff_set."sequence" is 'order of loading, from 1';
comment on column store.cutoff_set."night_id" is 'night that wrote the row';
comment on column store.cutoff_set."title" is 'what it stands for';
comment on column store.cutoff_set."high_at" is 'points from which the group is high';
comment on column store.cutoff_set."citation" is 'where it was published';
comment on column store.cutoff_set."note" is 'what to know before using it';
comment on column store.cutoff_set."author" is 'who wrote it';
comment on column store.cutoff_set."checker" is 'who checked it';
comment on column store.cutoff_set."reviewed_on" is 'when it was last looked at';
comment on column store.cutoff_set."next_review" is 'when it is to be looked at again';

create table store.cutoff (
    "set_hash" VARCHAR not null,
    "score_name" VARCHAR not null,
    "component" VARCHAR not null,
    "value_text" VARCHAR not null,
    "comparator" VARCHAR not null,
    "unit" VARCHAR not null,
    "source" VARCHAR not null,
    "status" VARCHAR not null,
    "note" VARCHAR not null,
    "cv_pct" VARCHAR,
    "cv_source" VARCHAR not null,
    primary key ("set_hash", "score_name", "component")
);
comment on table store.cutoff is 'one row per cut-off of a set''s version';
comment on column store.cutoff."set_hash" is 'sha256 of the set';
comment on column store.cutoff."score_name" is 'pbis or crafity';
comment on column store.cutoff."component" is 'nlr, crp, il12, il2; crp and afp for CRAFITY';
comment on column store.cutoff."value_text" is 'the cut-off as a decimal string';
comment on column store.cutoff."comparator" is 'for example >=';
comment on column store.cutoff."unit" is 'unit of the cut-off';
comment on column store.cutoff."source" is 'the sentence it comes from';
comment on column store.cutoff."status" is 'as_published or interpreted';
comment on column store.cutoff."note" is 'what to know about it';
comment on column store.cutoff."cv_pct" is 'assumed imprecision of a value without a confidence interval, percent';
comment on column store.cutoff."cv_source" is 'where that assumption comes from';

create table store.setting (
    "sequence" BIGINT not null,
    "name" VARCHAR not null,
    "value" VARCHAR not null,
    primary key ("sequence")
);
comment on table store.setting is 'one row per value of a knob that the views read; the latest of a name counts';
comment on column store.setting."sequence" is 'order of loading, from 1';
comment on column store.setting."name" is 'name of the knob';
comment on column store.setting."value" is 'value as text';

create table store.warehouse_migration (
    "name" VARCHAR not null,
    "sha256" VARCHAR not null,
    "sequence" BIGINT not null,
    primary key ("sequence")
);
comment on table store.warehouse_migration is 'one row per migration that has been applied, or the views as last created';
comment on column store.warehouse_migration."name" is 'file name of the migration; views for the views';
comment on column store.warehouse_migration."sha256" is 'sha256 of the text that was applied';
comment on column store.warehouse_migration."sequence" is 'order of loading, from 1';

create table store.run_header (
    "run_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "key" VARCHAR not null,
    "value" VARCHAR,
    primary key ("run_id", "source_line")
);
comment on table store.run_header is 'one row per header line of an export, as written';
comment on column store.run_header."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.run_header."source_line" is '1-based line';
comment on column store.run_header."key" is 'first cell';
comment on column store.run_header."value" is 'the other cells, joined by '' | '', trailing empty cells removed';

create table store.reading (
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "location" VARCHAR not null,
    "source_line" BIGINT not null,
    "sample_label" VARCHAR,
    "bead_region" VARCHAR,
    "mfi" DOUBLE,
    "mfi_text" VARCHAR,
    "bead_count" BIGINT,
    "net_mfi_reported" DOUBLE,
    "result_reported" DOUBLE,
    "result_reported_op" VARCHAR,
    "result_reported_text" VARCHAR,
    "range_text" VARCHAR,
    "recovery_reported_pct" DOUBLE,
    "comment" VARCHAR,
    "mean" DOUBLE,
    "cv_pct" DOUBLE,
    "peak" DOUBLE,
    "std_dev" DOUBLE,
    "trimmed_count" DOUBLE,
    "trimmed_mean" DOUBLE,
    "trimmed_cv_pct" DOUBLE,
    "trimmed_peak" DOUBLE,
    "trimmed_std_dev" DOUBLE,
    "dilution_factor_reported" DOUBLE,
    "total_events" BIGINT,
    "acquisition_seconds" DOUBLE
);
comment on table store.reading is 'one row per well x analyte of an export, as the instrument wrote it';
comment on column store.reading."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.reading."plate_number" is 'plate within the batch, from 1';
comment on column store.reading."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.reading."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.reading."location" is 'location as written, for example 1(1,A1)';
comment on column store.reading."source_line" is '1-based line of the Median row';
comment on column store.reading."sample_label" is 'sample name as written, blanks at its ends removed';
comment on column store.reading."bead_region" is 'bead region (BeadID)';
comment on column store.reading."mfi" is 'median fluorescence intensity; null where none was measured';
comment on column store.reading."mfi_text" is 'the cell as written, where it is not a plain number';
comment on column store.reading."bead_count" is 'beads behind the median; null where not reported';
comment on column store.reading."net_mfi_reported" is 'the instrument''s own Net MFI';
comment on column store.reading."result_reported" is 'the instrument''s own Result as a number, dilution applied, its own unit';
comment on column store.reading."result_reported_op" is '=, < or > of the instrument''s Result; null where it printed none';
comment on column store.reading."result_reported_text" is 'the Result cell exactly as written';
comment on column store.reading."range_text" is 'the Range cell as written';
comment on column store.reading."recovery_reported_pct" is 'the instrument''s % Recovery';
comment on column store.reading."comment" is 'the Comments cell as written';
comment on column store.reading."mean" is 'mean of the beads, MFI';
comment on column store.reading."cv_pct" is 'CV of the beads, percent';
comment on column store.reading."peak" is 'peak (mode), MFI';
comment on column store.reading."std_dev" is 'standard deviation of the beads, MFI';
comment on column store.reading."trimmed_count" is 'beads left after trimming';
comment on column store.reading."trimmed_mean" is 'mean after trimming, MFI';
comment on column store.reading."trimmed_cv_pct" is 'CV after trimming, percent';
comment on column store.reading."trimmed_peak" is 'peak after trimming, MFI';
comment on column store.reading."trimmed_std_dev" is 'standard deviation after trimming, MFI';
comment on column store.reading."dilution_factor_reported" is 'the export''s Dilution Factor of the well; null where the cell is empty';
comment on column store.reading."total_events" is 'Total Events of the well';
comment on column store.reading."acquisition_seconds" is 'acquisition time of the well, seconds';

create table store.analyte_run (
    "run_id" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "position" BIGINT not null,
    "bead_region" VARCHAR,
    "unit_reported" VARCHAR,
    "min_bead_count" DOUBLE,
    "analysis_type" VARCHAR,
    "coef_a" DOUBLE,
    "coef_b" DOUBLE,
    "coef_c" DOUBLE,
    "coef_d" DOUBLE,
    "coef_f" DOUBLE,
    "r2_reported" DOUBLE,
    "source_line" BIGINT,
    primary key ("run_id", "analyte_reported")
);
comment on table store.analyte_run is 'one row per analyte of an export';
comment on column store.analyte_run."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.analyte_run."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.analyte_run."position" is 'column order in the export, from 1';
comment on column store.analyte_run."bead_region" is 'bead region (BeadID)';
comment on column store.analyte_run."unit_reported" is 'unit as written in the Units block';
comment on column store.analyte_run."min_bead_count" is 'Per Bead Count requested';
comment on column store.analyte_run."analysis_type" is 'Analysis Types cell, for example Logistic 5P Weighted';
comment on column store.analyte_run."coef_a" is 'Coefficient A of the instrument''s curve (lower asymptote, Net MFI)';
comment on column store.analyte_run."coef_b" is 'Coefficient B (upper asymptote, Net MFI)';
comment on column store.analyte_run."coef_c" is 'Coefficient C (position, reported unit)';
comment on column store.analyte_run."coef_d" is 'Coefficient D (slope, negative for a rising curve)';
comment on column store.analyte_run."coef_f" is 'Coefficient F (asymmetry); null on four-parameter curves, where it is 1';
comment on column store.analyte_run."r2_reported" is 'R^2 of the instrument';
comment on column store.analyte_run."source_line" is '1-based line of the file that the row was read from';

create table store.reagent (
    "run_id" VARCHAR not null,
    "reagent_label" VARCHAR not null,
    "reagent_kind" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "expected_concentration" DOUBLE,
    "expected_text" VARCHAR,
    "range_low" DOUBLE,
    "range_high" DOUBLE,
    "source_line" BIGINT,
    primary key ("run_id", "reagent_label", "analyte_reported")
);
comment on table store.reagent is 'one row per standard or control x analyte of an export';
comment on column store.reagent."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.reagent."reagent_label" is 'label in the reagent table, for example Standard1';
comment on column store.reagent."reagent_kind" is 'standard or qc_control';
comment on column store.reagent."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.reagent."expected_concentration" is 'expected concentration, reported unit';
comment on column store.reagent."expected_text" is 'the expected concentration exactly as written';
comment on column store.reagent."range_low" is 'low end of the control''s range, reported unit';
comment on column store.reagent."range_high" is 'high end of the control''s range, reported unit';
comment on column store.reagent."source_line" is '1-based line of the file that the row was read from';

create table store.lot (
    "run_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "lot_kind" VARCHAR not null,
    "label" VARCHAR,
    "lot_name" VARCHAR,
    "lot_number" VARCHAR,
    "expires_on" DATE,
    "expires_text" VARCHAR,
    "manufacturer" VARCHAR,
    "machine_serial" VARCHAR,
    "result" VARCHAR,
    primary key ("run_id", "source_line")
);
comment on table store.lot is 'one row per kit, reagent or calibrator lot named by an export';
comment on column store.lot."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.lot."source_line" is '1-based line';
comment on column store.lot."lot_kind" is 'kit, standard, qc_control or calibrator';
comment on column store.lot."label" is 'kit name, reagent label or calibrator section';
comment on column store.lot."lot_name" is 'LotName';
comment on column store.lot."lot_number" is 'lot number';
comment on column store.lot."expires_on" is 'expiry date';
comment on column store.lot."expires_text" is 'expiry as written';
comment on column store.lot."manufacturer" is 'manufacturer';
comment on column store.lot."machine_serial" is 'MachineSerialNo of a calibrator row';
comment on column store.lot."result" is 'Result of a calibrator row';

create table store.calibration (
    "run_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "name" VARCHAR not null,
    "kind" VARCHAR not null,
    "state" VARCHAR not null,
    "performed_at" TIMESTAMP,
    "value" VARCHAR,
    primary key ("run_id", "source_line")
);
comment on table store.calibration is 'one row per calibration or verification line of an export';
comment on column store.calibration."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.calibration."source_line" is '1-based line';
comment on column store.calibration."name" is 'for example Last CAL Calibration';
comment on column store.calibration."kind" is 'calibration, verification, fluidics or other';
comment on column store.calibration."state" is 'passed, failed, expired or unknown';
comment on column store.calibration."performed_at" is 'when';
comment on column store.calibration."value" is 'the cell as written';

create table store.sample_summary (
    "run_id" VARCHAR not null,
    "sample_label" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "avg_mfi" DOUBLE,
    "avg_net_mfi" DOUBLE,
    "avg_result" DOUBLE,
    "avg_result_op" VARCHAR,
    "avg_result_text" VARCHAR,
    "avg_range_text" VARCHAR,
    "cv_replicates_pct" DOUBLE,
    "source_line" BIGINT,
    "occurrence" BIGINT
);
comment on table store.sample_summary is 'one row per sample name x analyte of an export''s per-sample blocks';
comment on column store.sample_summary."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.sample_summary."sample_label" is 'sample name';
comment on column store.sample_summary."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.sample_summary."avg_mfi" is 'Avg MFI';
comment on column store.sample_summary."avg_net_mfi" is 'Avg Net MFI';
comment on column store.sample_summary."avg_result" is 'Avg Result, reported unit';
comment on column store.sample_summary."avg_result_op" is '=, < or > of Avg Result';
comment on column store.sample_summary."avg_result_text" is 'Avg Result as written';
comment on column store.sample_summary."avg_range_text" is 'Avg Range as written';
comment on column store.sample_summary."cv_replicates_pct" is '%CV Replicates; the instrument prints 0 where every replicate is out of range';
comment on column store.sample_summary."source_line" is '1-based line of the file that the row was read from';
comment on column store.sample_summary."occurrence" is '1 for the first row of the name; exports repeat a name where dilutions differ';

create table store.run_event (
    "run_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "kind" VARCHAR not null,
    "well" VARCHAR,
    "status" VARCHAR,
    "at_text" VARCHAR,
    "message" VARCHAR,
    primary key ("run_id", "source_line")
);
comment on table store.run_event is 'one row per audit-log or warning line of an export';
comment on column store.run_event."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.run_event."source_line" is '1-based line';
comment on column store.run_event."kind" is 'audit or warning';
comment on column store.run_event."well" is 'well the line speaks of';
comment on column store.run_event."status" is 'Warning, Ok, ...';
comment on column store.run_event."at_text" is 'when, as written';
comment on column store.run_event."message" is 'message as written';

create table store.block (
    "run_id" VARCHAR not null,
    "name" VARCHAR not null,
    "first_line" BIGINT not null,
    "last_line" BIGINT not null,
    "row_count" BIGINT not null,
    "column_count" BIGINT not null,
    "is_consumed" BOOLEAN not null,
    "note" VARCHAR,
    primary key ("run_id", "first_line")
);
comment on table store.block is 'one row per block of an export, consumed or ignored';
comment on column store.block."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.block."name" is 'block name as written';
comment on column store.block."first_line" is '1-based first line';
comment on column store.block."last_line" is '1-based last line';
comment on column store.block."row_count" is 'data rows';
comment on column store.block."column_count" is 'columns of the header row';
comment on column store.block."is_consumed" is 'false where the reader ignored it';
comment on column store.block."note" is 'why it was ignored, or what was skipped in it';

create table store.run_warning (
    "run_id" VARCHAR not null,
    "position" BIGINT not null,
    "code" VARCHAR not null,
    "message" VARCHAR not null,
    "source_line" BIGINT,
    primary key ("run_id", "position")
);
comment on table store.run_warning is 'one row per warning that the reader gives with a run';
comment on column store.run_warning."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.run_warning."position" is 'order, from 1';
comment on column store.run_warning."code" is 'short name, for example crc_mismatch';
comment on column store.run_warning."message" is 'one sentence';
comment on column store.run_warning."source_line" is '1-based line of the file that the row was read from';

create table store.well (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "sample_label" VARCHAR,
    "well_role" VARCHAR not null,
    "role_source" VARCHAR not null,
    "reagent_label" VARCHAR,
    "standard_level" BIGINT,
    "replicate_group" VARCHAR not null,
    "specimen_id" VARCHAR,
    "dilution_factor" DOUBLE,
    "dilution_source" VARCHAR,
    primary key ("assay_id", "run_id", "plate_number", "well")
);
comment on table store.well is 'one row per well of a run with its role';
comment on column store.well."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.well."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.well."plate_number" is 'plate within the batch, from 1';
comment on column store.well."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.well."sample_label" is 'sample name of the export';
comment on column store.well."well_role" is 'standard, qc_control, background, unknown or unknown_role';
comment on column store.well."role_source" is 'layout, reagent_table, default_name or none';
comment on column store.well."reagent_label" is 'label in the reagent table, for standards and controls';
comment on column store.well."standard_level" is '1 = lowest expected concentration; null where not a standard';
comment on column store.well."replicate_group" is 'wells of one sample at one dilution share it';
comment on column store.well."specimen_id" is 'specimen barcode from the layout; null where no layout names the well';
comment on column store.well."dilution_factor" is 'factor applied to concentrations; null for standards and background';
comment on column store.well."dilution_source" is 'layout, export or assumed_1';

create table store.result (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "sample_label" VARCHAR,
    "well_role" VARCHAR not null,
    "replicate_group" VARCHAR not null,
    "standard_level" BIGINT,
    "specimen_id" VARCHAR,
    "analyte" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "bead_region" VARCHAR,
    "mfi" DOUBLE,
    "bead_count" BIGINT,
    "net_mfi" DOUBLE,
    "dilution_factor" DOUBLE,
    "concentration" DOUBLE,
    "concentration_op" VARCHAR,
    "concentration_bound" DOUBLE,
    "unit" VARCHAR,
    "ci_low" DOUBLE,
    "ci_high" DOUBLE,
    "status" VARCHAR not null,
    "recovery_pct" DOUBLE,
    "replicate_cv_pct" DOUBLE,
    "net_mfi_reported" DOUBLE,
    "result_reported" DOUBLE,
    "result_reported_op" VARCHAR,
    "result_reported_text" VARCHAR,
    "unit_reported" VARCHAR,
    "expected_concentration" DOUBLE,
    "method" VARCHAR not null,
    "method_version" VARCHAR not null,
    "source_line" BIGINT not null
);
comment on table store.result is 'one row per well x analyte with what was computed from it';
comment on column store.result."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.result."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.result."plate" is 'plate name: the batch, with /n where a batch holds several plates';
comment on column store.result."plate_number" is 'plate within the batch, from 1';
comment on column store.result."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.result."sample_label" is 'sample name of the export';
comment on column store.result."well_role" is 'role';
comment on column store.result."replicate_group" is 'wells of one sample at one dilution share it';
comment on column store.result."standard_level" is '1 = lowest; null where not a standard';
comment on column store.result."specimen_id" is 'specimen barcode';
comment on column store.result."analyte" is 'canonical analyte name; the reported name where no alias is known';
comment on column store.result."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.result."bead_region" is 'bead region';
comment on column store.result."mfi" is 'median fluorescence intensity';
comment on column store.result."bead_count" is 'beads';
comment on column store.result."net_mfi" is 'MFI minus the mean of the plate''s background wells';
comment on column store.result."dilution_factor" is 'factor applied';
comment on column store.result."concentration" is 'concentration with the dilution applied; null where not quantified';
comment on column store.result."concentration_op" is '=, <, > or null';
comment on column store.result."concentration_bound" is 'the bound that < or > speaks of, dilution applied';
comment on column store.result."unit" is 'unit of concentration, bound and CI';
comment on column store.result."ci_low" is 'lower end of the 95 % confidence interval';
comment on column store.result."ci_high" is 'upper end';
comment on column store.result."status" is 'QUANT, BELOW_LLOQ, BELOW_CURVE, ABOVE_ULOQ, ABOVE_STANDARDS, ABOVE_CURVE, NO_CURVE, CURVE_FAILED, LOW_BEADS, MISSING, BACKGROUND, EXCLUDED';
comment on column store.result."recovery_pct" is '100 x back-calculated / expected, standards and controls';
comment on column store.result."replicate_cv_pct" is '100 SD(n-1)/mean over the replicate group''s concentrations, MFI where no concentration';
comment on column store.result."net_mfi_reported" is 'the instrument''s own Net MFI';
comment on column store.result."result_reported" is 'the instrument''s own Result';
comment on column store.result."result_reported_op" is 'its operator';
comment on column store.result."result_reported_text" is 'its text';
comment on column store.result."unit_reported" is 'unit of the instrument''s Result';
comment on column store.result."expected_concentration" is 'expected concentration of a standard or control, in `unit`';
comment on column store.result."method" is 'robust or xponent';
comment on column store.result."method_version" is 'version of the method';
comment on column store.result."source_line" is '1-based line of the Median row in the export';

create table store.curve (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "method" VARCHAR not null,
    "method_version" VARCHAR not null,
    "model" VARCHAR not null,
    "response" VARCHAR not null,
    "coef_a" DOUBLE,
    "coef_b" DOUBLE,
    "coef_c" DOUBLE,
    "coef_d" DOUBLE,
    "coef_f" DOUBLE,
    "ec50" DOUBLE,
    "unit" VARCHAR,
    "r2" DOUBLE,
    "scale_pct" DOUBLE,
    "level_count" BIGINT not null,
    "point_count" BIGINT not null,
    "lowest_standard" DOUBLE,
    "highest_standard" DOUBLE,
    "lloq" DOUBLE,
    "uloq" DOUBLE,
    "lloq_reason" VARCHAR,
    "uloq_reason" VARCHAR,
    "lod" DOUBLE,
    "background_mfi" DOUBLE,
    "background_sd" DOUBLE,
    "passing_levels" BIGINT not null,
    "is_converged" BOOLEAN not null,
    "hook_level" BIGINT,
    "status" VARCHAR not null,
    "reasons" VARCHAR,
    "steps" VARCHAR,
    "proposed_exclusions" VARCHAR,
    "lloq_recovery" DOUBLE,
    "uloq_recovery" DOUBLE,
    "lloq_precision" DOUBLE,
    "uloq_precision" DOUBLE,
    primary key ("assay_id", "plate_number", "analyte")
);
comment on table store.curve is 'one row per standard curve: plate x analyte';
comment on column store.curve."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.curve."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.curve."plate" is 'plate name';
comment on column store.curve."plate_number" is 'plate within the batch, from 1';
comment on column store.curve."analyte" is 'canonical analyte name';
comment on column store.curve."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.curve."method" is 'robust or xponent';
comment on column store.curve."method_version" is 'version';
comment on column store.curve."model" is '5PL, 4PL or none';
comment on column store.curve."response" is 'mfi or net_mfi: what the curve predicts';
comment on column store.curve."coef_a" is 'A of y = A + (B - A) / (1 + (x/C)^D)^F: response at dose 0';
comment on column store.curve."coef_b" is 'B: response at infinite dose';
comment on column store.curve."coef_c" is 'C, in `unit`';
comment on column store.curve."coef_d" is 'D, negative for a rising curve';
comment on column store.curve."coef_f" is 'F, asymmetry; 1 for 4PL';
comment on column store.curve."ec50" is 'dose at half height, in `unit`';
comment on column store.curve."unit" is 'unit of concentrations';
comment on column store.curve."r2" is 'weighted R^2 of the fit';
comment on column store.curve."scale_pct" is 'robust relative residual scale, percent';
comment on column store.curve."level_count" is 'standard levels with a valid well';
comment on column store.curve."point_count" is 'wells in the fit, background included';
comment on column store.curve."lowest_standard" is 'lowest expected concentration used';
comment on column store.curve."highest_standard" is 'highest used';
comment on column store.curve."lloq" is 'lower limit of quantification, undiluted';
comment on column store.curve."uloq" is 'upper limit, undiluted';
comment on column store.curve."lloq_reason" is 'which rule binds';
comment on column store.curve."uloq_reason" is 'which rule binds';
comment on column store.curve."lod" is 'limit of detection, undiluted: back-calculated background + 3 SD';
comment on column store.curve."background_mfi" is 'mean MFI of background wells';
comment on column store.curve."background_sd" is 'SD of background wells, MFI';
comment on column store.curve."passing_levels" is 'length of the longest contiguous run of passing levels';
comment on column store.curve."is_converged" is 'the optimiser met its criterion';
comment on column store.curve."hook_level" is 'level dropped for a hook';
comment on column store.curve."status" is 'pass, warn, fail or none';
comment on column store.curve."reasons" is 'why, short names joined by '';''';
comment on column store.curve."steps" is 'the fallback ladder as walked, joined by '';''';
comment on column store.curve."proposed_exclusions" is 'standard wells proposed for a person to exclude, joined by '';''';
comment on column store.curve."lloq_recovery" is 'lower end of the recovery run, whether or not it binds';
comment on column store.curve."uloq_recovery" is 'upper end of the recovery run';
comment on column store.curve."lloq_precision" is 'lowest dose at which one reading''s predicted CV is at most 20 %';
comment on column store.curve."uloq_precision" is 'highest such dose';

create table store.standard_level (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR not null,
    "analyte_reported" VARCHAR not null,
    "standard_level" BIGINT not null,
    "reagent_label" VARCHAR,
    "expected_concentration" DOUBLE,
    "well_count" BIGINT not null,
    "mean_mfi" DOUBLE,
    "cv_pct" DOUBLE,
    "fitted_mfi" DOUBLE,
    "back_calculated" DOUBLE,
    "recovery_pct" DOUBLE,
    "back_cv_pct" DOUBLE,
    "is_used" BOOLEAN not null,
    "is_in_range" BOOLEAN not null,
    "influence_pct" DOUBLE,
    "note" VARCHAR,
    primary key ("assay_id", "plate_number", "analyte", "standard_level")
);
comment on table store.standard_level is 'one row per standard level of a curve; level 0 is the background';
comment on column store.standard_level."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.standard_level."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.standard_level."plate_number" is 'plate within the batch, from 1';
comment on column store.standard_level."analyte" is 'canonical analyte name';
comment on column store.standard_level."analyte_reported" is 'analyte name exactly as the export spells it';
comment on column store.standard_level."standard_level" is '0 = background, 1 = lowest standard';
comment on column store.standard_level."reagent_label" is 'label in the reagent table';
comment on column store.standard_level."expected_concentration" is 'expected, in the curve''s unit';
comment on column store.standard_level."well_count" is 'wells with a reading';
comment on column store.standard_level."mean_mfi" is 'mean MFI of the wells';
comment on column store.standard_level."cv_pct" is 'CV of MFI over the wells, percent';
comment on column store.standard_level."fitted_mfi" is 'the curve at the expected concentration, as MFI';
comment on column store.standard_level."back_calculated" is 'concentration from the mean response';
comment on column store.standard_level."recovery_pct" is '100 x back-calculated / expected';
comment on column store.standard_level."back_cv_pct" is 'CV of the wells'' back-calculated concentrations, percent';
comment on column store.standard_level."is_used" is 'took part in the fit';
comment on column store.standard_level."is_in_range" is 'inside LLOQ..ULOQ';
comment on column store.standard_level."influence_pct" is 'largest change of a mid-range concentration when the level is left out, percent';
comment on column store.standard_level."note" is 'why it was dropped or is an anchor';

create table store.finding (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT,
    "rule" VARCHAR not null,
    "severity" VARCHAR not null,
    "unit_of_judgement" VARCHAR not null,
    "well" VARCHAR,
    "replicate_group" VARCHAR,
    "analyte" VARCHAR,
    "observed" DOUBLE,
    "observed_text" VARCHAR,
    "limit_value" DOUBLE,
    "limit_text" VARCHAR not null,
    "effect" VARCHAR not null,
    "action" VARCHAR not null,
    "source" VARCHAR not null,
    "message" VARCHAR not null,
    "suite_hash" VARCHAR not null
);
comment on table store.finding is 'one row per finding of a rule';
comment on column store.finding."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.finding."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.finding."plate_number" is 'plate';
comment on column store.finding."rule" is 'rule name, the same everywhere';
comment on column store.finding."severity" is 'info, warn, fail or error (the check itself could not run)';
comment on column store.finding."unit_of_judgement" is 'well_analyte, replicate_group, level, analyte_plate, well, plate or run';
comment on column store.finding."well" is 'well, where the finding is about one';
comment on column store.finding."replicate_group" is 'replicate group';
comment on column store.finding."analyte" is 'canonical analyte name';
comment on column store.finding."observed" is 'what was measured';
comment on column store.finding."observed_text" is 'the same in words, with its unit';
comment on column store.finding."limit_value" is 'the limit that was used';
comment on column store.finding."limit_text" is 'the same in words';
comment on column store.finding."effect" is 'none, flag, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse';
comment on column store.finding."action" is 'what a person should do';
comment on column store.finding."source" is 'where the rule comes from';
comment on column store.finding."message" is 'one sentence with numbers';
comment on column store.finding."suite_hash" is 'sha256 of the effective suite';

create table store.lab_finding (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "subject_id" VARCHAR,
    "analyte" VARCHAR,
    "rule" VARCHAR not null,
    "severity" VARCHAR not null,
    "observed_text" VARCHAR,
    "limit_text" VARCHAR not null,
    "effect" VARCHAR not null,
    "action" VARCHAR not null,
    "source" VARCHAR not null,
    "message" VARCHAR not null,
    "suite_hash" VARCHAR not null,
    primary key ("import_id", "file_id", "source_line", "rule")
);
comment on table store.lab_finding is 'one row per finding of a rule about a clinical laboratory row';
comment on column store.lab_finding."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.lab_finding."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.lab_finding."source_line" is '1-based line of the file';
comment on column store.lab_finding."subject_id" is 'study id';
comment on column store.lab_finding."analyte" is 'analyte';
comment on column store.lab_finding."rule" is 'rule name';
comment on column store.lab_finding."severity" is 'info, warn, fail or error';
comment on column store.lab_finding."observed_text" is 'what was found';
comment on column store.lab_finding."limit_text" is 'the limit that was used';
comment on column store.lab_finding."effect" is 'none, flag or exclude_row';
comment on column store.lab_finding."action" is 'what a person should do';
comment on column store.lab_finding."source" is 'where the rule comes from';
comment on column store.lab_finding."message" is 'one sentence with numbers';
comment on column store.lab_finding."suite_hash" is 'sha256 of the effective suite';

create table store.analyte_verdict (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR not null,
    "state" VARCHAR not null,
    "reasons" VARCHAR,
    "sentence" VARCHAR not null,
    "well_count" BIGINT not null,
    "reportable_count" BIGINT not null,
    primary key ("assay_id", "plate_number", "analyte")
);
comment on table store.analyte_verdict is 'one row per analyte x plate, judged';
comment on column store.analyte_verdict."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.analyte_verdict."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.analyte_verdict."plate_number" is 'plate within the batch, from 1';
comment on column store.analyte_verdict."analyte" is 'canonical analyte name';
comment on column store.analyte_verdict."state" is 'pass, warn or fail';
comment on column store.analyte_verdict."reasons" is 'rules behind it, joined by ''; ''; null where it passed';
comment on column store.analyte_verdict."sentence" is 'the verdict in one sentence with numbers';
comment on column store.analyte_verdict."well_count" is 'sample wells';
comment on column store.analyte_verdict."reportable_count" is 'sample wells whose result may be reported';

create table store.plate_verdict (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "state" VARCHAR not null,
    "sentence" VARCHAR not null,
    "analytes_passed" BIGINT not null,
    "analytes_warned" BIGINT not null,
    "analytes_failed" BIGINT not null,
    "low_bead_wells" BIGINT not null,
    "reportable_pct" DOUBLE,
    "expected_false_alarms" DOUBLE,
    primary key ("assay_id", "plate_number")
);
comment on table store.plate_verdict is 'one row per plate, judged; proposed by rules, to be confirmed by a person';
comment on column store.plate_verdict."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.plate_verdict."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.plate_verdict."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_verdict."state" is 'pass, warn or fail';
comment on column store.plate_verdict."sentence" is 'the verdict in one sentence with numbers';
comment on column store.plate_verdict."analytes_passed" is 'analytes with state pass';
comment on column store.plate_verdict."analytes_warned" is 'with state warn';
comment on column store.plate_verdict."analytes_failed" is 'with state fail';
comment on column store.plate_verdict."low_bead_wells" is 'wells with a failing bead count';
comment on column store.plate_verdict."reportable_pct" is 'share of sample results that may be reported, percent';
comment on column store.plate_verdict."expected_false_alarms" is 'findings expected on a good plate of this size';

create table store.reading_state (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "analyte" VARCHAR not null,
    "qc_state" VARCHAR not null,
    "reportable" BOOLEAN not null,
    "reasons" VARCHAR
);
comment on table store.reading_state is 'one row per well x analyte, with what the findings do to it';
comment on column store.reading_state."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.reading_state."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.reading_state."plate_number" is 'plate within the batch, from 1';
comment on column store.reading_state."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.reading_state."analyte" is 'canonical analyte name';
comment on column store.reading_state."qc_state" is 'pass, warn or fail';
comment on column store.reading_state."reportable" is 'a sample well with a result or a bound that no failing rule touches';
comment on column store.reading_state."reasons" is 'rules and states behind it, joined by ''; ''; null where there are none';

create table store.judged (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "entry" VARCHAR not null,
    "rule" VARCHAR not null,
    "severity" VARCHAR not null,
    "judged_count" BIGINT not null,
    "found_count" BIGINT not null,
    "expected_false_alarms" DOUBLE,
    primary key ("assay_id", "plate_number", "entry")
);
comment on table store.judged is 'one row per suite entry x plate, with how much it judged';
comment on column store.judged."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.judged."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.judged."plate_number" is 'plate within the batch, from 1';
comment on column store.judged."entry" is 'id of the suite entry, for example bead_count.fail';
comment on column store.judged."rule" is 'rule name';
comment on column store.judged."severity" is 'info, warn or fail';
comment on column store.judged."judged_count" is 'objects that the entry could judge';
comment on column store.judged."found_count" is 'objects that broke it';
comment on column store.judged."expected_false_alarms" is 'objects expected to break it on a good plate of this size';

create table store.layout_well (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "plate" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "well_role" VARCHAR not null,
    "specimen_id" VARCHAR,
    "reagent_label" VARCHAR,
    "dilution_factor" DOUBLE,
    primary key ("import_id", "file_id", "plate", "plate_number", "well")
);
comment on table store.layout_well is 'one row per well of a plate layout';
comment on column store.layout_well."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.layout_well."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.layout_well."source_line" is '1-based line of the file';
comment on column store.layout_well."plate" is 'plate name: equals the export''s batch';
comment on column store.layout_well."plate_number" is 'plate within the batch, from 1';
comment on column store.layout_well."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.layout_well."well_role" is 'standard, qc_control, background or unknown';
comment on column store.layout_well."specimen_id" is 'specimen barcode';
comment on column store.layout_well."reagent_label" is 'Standard1, Control2 ... where the well holds one';
comment on column store.layout_well."dilution_factor" is 'dilution of the well';

create table store.specimen (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "specimen_id" VARCHAR not null,
    "subject_id" VARCHAR,
    "collected_at" TIMESTAMP,
    "has_time" BOOLEAN not null,
    "material" VARCHAR,
    "reason" VARCHAR,
    primary key ("import_id", "file_id", "source_line")
);
comment on table store.specimen is 'one row per specimen tube';
comment on column store.specimen."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.specimen."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.specimen."source_line" is '1-based line of the file';
comment on column store.specimen."specimen_id" is 'barcode';
comment on column store.specimen."subject_id" is 'study id; null where unknown';
comment on column store.specimen."collected_at" is 'collection, site wall time';
comment on column store.specimen."has_time" is 'false where only the date is known';
comment on column store.specimen."material" is 'serum, EDTA plasma, ...';
comment on column store.specimen."reason" is 'why the row cannot be used; null where it can';

create table store.clinical_lab (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "subject_id" VARCHAR,
    "specimen_id" VARCHAR,
    "code" VARCHAR,
    "code_system" VARCHAR,
    "analyte" VARCHAR,
    "value_reported" VARCHAR,
    "unit_reported" VARCHAR,
    "value_op" VARCHAR,
    "value_text" VARCHAR,
    "unit" VARCHAR,
    "factor_text" VARCHAR,
    "status" VARCHAR not null,
    "collected_at" TIMESTAMP,
    "has_time" BOOLEAN not null,
    "resulted_at" TIMESTAMP,
    "reference_text" VARCHAR,
    "reason" VARCHAR,
    "detail" VARCHAR,
    primary key ("import_id", "file_id", "source_line")
);
comment on table store.clinical_lab is 'one row per clinical laboratory result, one version of it';
comment on column store.clinical_lab."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.clinical_lab."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.clinical_lab."source_line" is '1-based line of the file';
comment on column store.clinical_lab."subject_id" is 'study id; null where the linkage knows none';
comment on column store.clinical_lab."specimen_id" is 'accession or barcode that ties analytes of one draw together';
comment on column store.clinical_lab."code" is 'code or name as sent';
comment on column store.clinical_lab."code_system" is 'loinc or local';
comment on column store.clinical_lab."analyte" is 'neutrophils, lymphocytes, crp, afp, wbc, neutrophils_pct, lymphocytes_pct, ...; null where the code is unknown';
comment on column store.clinical_lab."value_reported" is 'value exactly as sent';
comment on column store.clinical_lab."unit_reported" is 'unit exactly as sent';
comment on column store.clinical_lab."value_op" is '=, <, <=, > or >=';
comment on column store.clinical_lab."value_text" is 'value as decimal text in `unit`, exact';
comment on column store.clinical_lab."unit" is 'canonical unit of the analyte';
comment on column store.clinical_lab."factor_text" is 'exact factor reported -> canonical, as a fraction';
comment on column store.clinical_lab."status" is 'final, corrected, preliminary, cancelled or entered_in_error';
comment on column store.clinical_lab."collected_at" is 'collection, site wall time';
comment on column store.clinical_lab."has_time" is 'false where only the date is known';
comment on column store.clinical_lab."resulted_at" is 'result or last change, site wall time';
comment on column store.clinical_lab."reference_text" is 'reference range as sent';
comment on column store.clinical_lab."reason" is 'why the row cannot be used, from the closed list; null where it can';
comment on column store.clinical_lab."detail" is 'the reason in one sentence, quoting the offending unit or value';

create table store.treatment (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "subject_id" VARCHAR,
    "cohort" VARCHAR,
    "regimen" VARCHAR,
    "started_at" TIMESTAMP,
    "has_time" BOOLEAN not null,
    "reason" VARCHAR,
    primary key ("import_id", "file_id", "source_line")
);
comment on table store.treatment is 'one row per treatment start of a subject';
comment on column store.treatment."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.treatment."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.treatment."source_line" is '1-based line of the file';
comment on column store.treatment."subject_id" is 'study id; null where the linkage knows none';
comment on column store.treatment."cohort" is 'cohort name';
comment on column store.treatment."regimen" is 'regimen';
comment on column store.treatment."started_at" is 'first dose, site wall time';
comment on column store.treatment."has_time" is 'false where only the date is known';
comment on column store.treatment."reason" is 'why the row cannot be used; null where it can';

create table store.outcome (
    "import_id" VARCHAR not null,
    "file_id" VARCHAR not null,
    "source_line" BIGINT not null,
    "subject_id" VARCHAR,
    "os_months" DOUBLE,
    "is_dead" BOOLEAN,
    "pfs_months" DOUBLE,
    "is_progressed" BOOLEAN,
    "best_response" VARCHAR,
    primary key ("import_id", "file_id", "source_line")
);
comment on table store.outcome is 'one row per outcome of a subject';
comment on column store.outcome."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.outcome."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.outcome."source_line" is '1-based line of the file';
comment on column store.outcome."subject_id" is 'study id';
comment on column store.outcome."os_months" is 'overall survival, months';
comment on column store.outcome."is_dead" is 'death observed';
comment on column store.outcome."pfs_months" is 'progression-free survival, months';
comment on column store.outcome."is_progressed" is 'progression or death observed';
comment on column store.outcome."best_response" is 'CR, PR, SD, PD or NE (mRECIST)';

create table store.score_input (
    "night_id" VARCHAR not null,
    "subject_id" VARCHAR not null,
    "cohort" VARCHAR,
    "treatment_started_on" DATE,
    "measure" VARCHAR not null,
    "value_op" VARCHAR,
    "value_text" VARCHAR,
    "unit" VARCHAR,
    "ci_low" DOUBLE,
    "ci_high" DOUBLE,
    "reason" VARCHAR,
    "detail" VARCHAR,
    "source_kind" VARCHAR,
    "source_key" VARCHAR,
    "specimen_id" VARCHAR,
    "collected_at" TIMESTAMP,
    "days_before_start" BIGINT,
    "is_same_day_unordered" BOOLEAN,
    primary key ("night_id", "subject_id", "measure")
);
comment on table store.score_input is 'one row per subject x measure chosen for the score; every subject has all six measures';
comment on column store.score_input."night_id" is 'night that wrote the row';
comment on column store.score_input."subject_id" is 'study id';
comment on column store.score_input."cohort" is 'cohort';
comment on column store.score_input."treatment_started_on" is 'treatment start';
comment on column store.score_input."measure" is 'neutrophils, lymphocytes, crp, il12, il2 or afp';
comment on column store.score_input."value_op" is '=, <, <=, > or >=; null where there is no value';
comment on column store.score_input."value_text" is 'decimal text in `unit`';
comment on column store.score_input."unit" is 'unit of value_text';
comment on column store.score_input."ci_low" is '95 % CI in `unit`, assay measures only';
comment on column store.score_input."ci_high" is 'upper end';
comment on column store.score_input."reason" is 'why there is no usable value, from the closed list; null where there is one';
comment on column store.score_input."detail" is 'how the value was chosen, or why others were not, in one sentence';
comment on column store.score_input."source_kind" is 'lab or assay';
comment on column store.score_input."source_key" is 'file_id:line of a lab, assay_id:plate_number:wells:analyte of an assay';
comment on column store.score_input."specimen_id" is 'specimen of the value';
comment on column store.score_input."collected_at" is 'collection of the specimen';
comment on column store.score_input."days_before_start" is 'calendar days from draw to treatment start';
comment on column store.score_input."is_same_day_unordered" is 'drawn on the day of the first dose with no times to order them';

create table store.score (
    "night_id" VARCHAR not null,
    "subject_id" VARCHAR not null,
    "cohort" VARCHAR,
    "treatment_started_on" DATE,
    "cutoff_set" VARCHAR not null,
    "is_site_set" BOOLEAN not null,
    "score" BIGINT,
    "score_min" BIGINT not null,
    "score_max" BIGINT not null,
    "group" VARCHAR not null,
    "reasons" VARCHAR,
    "is_near_cut" BOOLEAN not null,
    "nlr_point" BIGINT,
    "crp_point" BIGINT,
    "il12_point" BIGINT,
    "il2_point" BIGINT,
    "crafity_min" BIGINT,
    "crafity_max" BIGINT,
    primary key ("night_id", "subject_id", "cutoff_set")
);
comment on table store.score is 'one row per subject x cut-off set';
comment on column store.score."night_id" is 'night that wrote the row';
comment on column store.score."subject_id" is 'study id';
comment on column store.score."cohort" is 'cohort';
comment on column store.score."treatment_started_on" is 'treatment start';
comment on column store.score."cutoff_set" is 'cut-off set';
comment on column store.score."is_site_set" is 'the set that the site reports';
comment on column store.score."score" is '0..4; null unless certain';
comment on column store.score."score_min" is 'points that are certain';
comment on column store.score."score_max" is 'points that are possible';
comment on column store.score."group" is 'high, low, indeterminate or not_scored';
comment on column store.score."reasons" is 'component: reason, joined by ''; ''';
comment on column store.score."is_near_cut" is 'a component lies so near its cut that the assay could flip it';
comment on column store.score."nlr_point" is '1, 0 or null';
comment on column store.score."crp_point" is '1, 0 or null';
comment on column store.score."il12_point" is '1, 0 or null';
comment on column store.score."il2_point" is '1, 0 or null';
comment on column store.score."crafity_min" is 'CRAFITY points that are certain';
comment on column store.score."crafity_max" is 'CRAFITY points that are possible';

create table store.score_component (
    "night_id" VARCHAR not null,
    "subject_id" VARCHAR not null,
    "cutoff_set" VARCHAR not null,
    "component" VARCHAR not null,
    "point" BIGINT,
    "value_op" VARCHAR,
    "value_text" VARCHAR,
    "unit" VARCHAR,
    "cut_text" VARCHAR not null,
    "comparator" VARCHAR not null,
    "is_at_cut" BOOLEAN not null,
    "is_near_cut" BOOLEAN not null,
    "flip_probability" DOUBLE,
    "reason" VARCHAR,
    primary key ("night_id", "subject_id", "cutoff_set", "component")
);
comment on table store.score_component is 'one row per subject x cut-off set x component';
comment on column store.score_component."night_id" is 'night that wrote the row';
comment on column store.score_component."subject_id" is 'study id';
comment on column store.score_component."cutoff_set" is 'cut-off set';
comment on column store.score_component."component" is 'nlr, crp, il12 or il2';
comment on column store.score_component."point" is '1, 0 or null';
comment on column store.score_component."value_op" is 'operator of the value';
comment on column store.score_component."value_text" is 'value compared, decimal text in the cut''s unit (NLR: N/L)';
comment on column store.score_component."unit" is 'unit of the comparison';
comment on column store.score_component."cut_text" is 'cut-off as a decimal string';
comment on column store.score_component."comparator" is '>=';
comment on column store.score_component."is_at_cut" is 'exactly at the cut';
comment on column store.score_component."is_near_cut" is 'within 1.96 CV of the cut';
comment on column store.score_component."flip_probability" is 'probability that the true value lies on the other side, from the assay''s CI';
comment on column store.score_component."reason" is 'why unknown, from the closed list';
