-- The limits of flat, hooked and far curves that an assay was computed with; earlier programs had these in their
-- code, so that they hold for every assay that is stored already.
alter table store.assay add column "flat_ratio" DOUBLE default 3;
comment on column store.assay."flat_ratio" is 'highest level over the background, below which there is no curve';
alter table store.assay add column "hook_ratio" DOUBLE default 0.85;
comment on column store.assay."hook_ratio" is 'share of the level below it that the top level must reach, else it hooks';
alter table store.assay add column "inversion_pct" DOUBLE default 15;
comment on column store.assay."inversion_pct" is 'drop below a lower level that is no longer monotone';
alter table store.assay add column "ec50_low_ratio" DOUBLE default 0.3333;
comment on column store.assay."ec50_low_ratio" is 'EC50 over the lowest standard, below which it is said; null where nobody asks';
alter table store.assay add column "ec50_high_ratio" DOUBLE default 3;
comment on column store.assay."ec50_high_ratio" is 'EC50 over the highest standard, above which it is said; null where nobody asks';
alter table store.assay alter column "flat_ratio" drop default;
alter table store.assay alter column "hook_ratio" drop default;
alter table store.assay alter column "inversion_pct" drop default;
alter table store.assay alter column "ec50_low_ratio" drop default;
alter table store.assay alter column "ec50_high_ratio" drop default;
comment on column store.curve."lod" is 'limit of detection, undiluted: back-calculated background + as many SD as the suite says';
comment on column store.trend_baseline."limit_low" is 'lower limit: as many SD below the mean as the suite says, wider by Student''s t where the plates are few';
-- Findings and verdicts in the words of a later suite that decides alike.
create table store.saying (
    "sequence" BIGINT not null,
    "owner_id" VARCHAR not null,
    "wording_hash" VARCHAR not null,
    "night_id" VARCHAR not null,
    primary key ("sequence")
);
comment on table store.saying is 'one row per wording in which the findings on an assay or an import are said from a night on; the latest counts';
comment on column store.saying."sequence" is 'order of loading, from 1';
comment on column store.saying."owner_id" is 'assay_id or import_id that they belong to';
comment on column store.saying."wording_hash" is 'sha256 over the sentences of the suite';
comment on column store.saying."night_id" is 'night that wrote the row';
create table store.finding_said (
    "wording_hash" VARCHAR not null,
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
    "suite_hash" VARCHAR not null,
    "effect_of_rule" VARCHAR,
    "decision_id" VARCHAR
);
comment on table store.finding_said is 'one row per finding of a rule, in words of a later night';
comment on column store.finding_said."wording_hash" is 'sha256 over the sentences of the suite that it speaks with';
comment on column store.finding_said."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.finding_said."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.finding_said."plate_number" is 'plate';
comment on column store.finding_said."rule" is 'rule name, the same everywhere';
comment on column store.finding_said."severity" is 'info, warn, fail or error (the check itself could not run)';
comment on column store.finding_said."unit_of_judgement" is 'well_analyte, replicate_group, level, analyte_plate, well, plate or run';
comment on column store.finding_said."well" is 'well, where the finding is about one';
comment on column store.finding_said."replicate_group" is 'replicate group';
comment on column store.finding_said."analyte" is 'canonical analyte name';
comment on column store.finding_said."observed" is 'what was measured';
comment on column store.finding_said."observed_text" is 'the same in words, with its unit';
comment on column store.finding_said."limit_value" is 'the limit that was used';
comment on column store.finding_said."limit_text" is 'the same in words';
comment on column store.finding_said."effect" is 'none, flag, hold_well, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse';
comment on column store.finding_said."action" is 'what a person should do';
comment on column store.finding_said."source" is 'where the rule comes from';
comment on column store.finding_said."message" is 'one sentence with numbers';
comment on column store.finding_said."suite_hash" is 'sha256 of the effective suite';
comment on column store.finding_said."effect_of_rule" is 'effect that the rule asks for, where a decision changed it';
comment on column store.finding_said."decision_id" is 'decision that made or changed the finding; null where none did';
create table store.analyte_verdict_said (
    "wording_hash" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR not null,
    "state" VARCHAR not null,
    "reasons" VARCHAR,
    "sentence" VARCHAR not null,
    "well_count" BIGINT not null,
    "reportable_count" BIGINT not null,
    primary key ("wording_hash", "assay_id", "plate_number", "analyte")
);
comment on table store.analyte_verdict_said is 'one row per analyte x plate, judged, in words of a later night';
comment on column store.analyte_verdict_said."wording_hash" is 'sha256 over the sentences of the suite that it speaks with';
comment on column store.analyte_verdict_said."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.analyte_verdict_said."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.analyte_verdict_said."plate_number" is 'plate within the batch, from 1';
comment on column store.analyte_verdict_said."analyte" is 'canonical analyte name';
comment on column store.analyte_verdict_said."state" is 'pass, warn or fail';
comment on column store.analyte_verdict_said."reasons" is 'rules behind it, joined by ''; ''; null where it passed';
comment on column store.analyte_verdict_said."sentence" is 'the verdict in one sentence with numbers';
comment on column store.analyte_verdict_said."well_count" is 'sample wells';
comment on column store.analyte_verdict_said."reportable_count" is 'sample wells whose result may be reported';
create table store.plate_verdict_said (
    "wording_hash" VARCHAR not null,
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
    primary key ("wording_hash", "assay_id", "plate_number")
);
comment on table store.plate_verdict_said is 'one row per plate, judged; proposed by rules, to be confirmed by a person, in words of a later night';
comment on column store.plate_verdict_said."wording_hash" is 'sha256 over the sentences of the suite that it speaks with';
comment on column store.plate_verdict_said."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.plate_verdict_said."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.plate_verdict_said."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_verdict_said."state" is 'pass, warn or fail';
comment on column store.plate_verdict_said."sentence" is 'the verdict in one sentence with numbers';
comment on column store.plate_verdict_said."analytes_passed" is 'analytes with state pass';
comment on column store.plate_verdict_said."analytes_warned" is 'with state warn';
comment on column store.plate_verdict_said."analytes_failed" is 'with state fail';
comment on column store.plate_verdict_said."low_bead_wells" is 'wells with a failing bead count';
comment on column store.plate_verdict_said."reportable_pct" is 'share of sample results that may be reported, percent';
comment on column store.plate_verdict_said."expected_false_alarms" is 'findings expected on a good plate of this size';
create table store.lab_finding_said (
    "wording_hash" VARCHAR not null,
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
    primary key ("wording_hash", "import_id", "file_id", "source_line", "rule")
);
comment on table store.lab_finding_said is 'one row per finding of a rule about a clinical laboratory row, in words of a later night';
comment on column store.lab_finding_said."wording_hash" is 'sha256 over the sentences of the suite that it speaks with';
comment on column store.lab_finding_said."import_id" is 'sha256 over clinical file, linkage and settings';
comment on column store.lab_finding_said."file_id" is 'sha256 of the clinical file''s bytes';
comment on column store.lab_finding_said."source_line" is '1-based line of the file';
comment on column store.lab_finding_said."subject_id" is 'study id';
comment on column store.lab_finding_said."analyte" is 'analyte';
comment on column store.lab_finding_said."rule" is 'rule name';
comment on column store.lab_finding_said."severity" is 'info, warn, fail or error';
comment on column store.lab_finding_said."observed_text" is 'what was found';
comment on column store.lab_finding_said."limit_text" is 'the limit that was used';
comment on column store.lab_finding_said."effect" is 'none, flag or exclude_row';
comment on column store.lab_finding_said."action" is 'what a person should do';
comment on column store.lab_finding_said."source" is 'where the rule comes from';
comment on column store.lab_finding_said."message" is 'one sentence with numbers';
comment on column store.lab_finding_said."suite_hash" is 'sha256 of the effective suite';
alter table store.clinical_import add column "wording_hash" VARCHAR;
comment on column store.clinical_import."wording_hash" is 'sha256 over the sentences of the suite that its findings speak with; null before it was kept';
