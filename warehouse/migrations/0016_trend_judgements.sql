-- What trends find reaches the verdicts: an assay judged with them, named by what was found, and which judgement stands on a night.
create table store.trend_judgement (
    "night_id" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "judgement_id" VARCHAR not null,
    primary key ("night_id", "assay_id")
);
comment on table store.trend_judgement is 'one row per assay whose verdicts are others with what trends find than by its own rules alone';
comment on column store.trend_judgement."night_id" is 'night that wrote the row';
comment on column store.trend_judgement."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_judgement."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.trend_judgement."judgement_id" is 'sha256 over an assay and what trends find about it';

create table store.trend_analyte_verdict (
    "judgement_id" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR not null,
    "state" VARCHAR not null,
    "reasons" VARCHAR,
    "sentence" VARCHAR not null,
    "well_count" BIGINT not null,
    "reportable_count" BIGINT not null,
    primary key ("judgement_id", "plate_number", "analyte")
);
comment on table store.trend_analyte_verdict is 'one row per analyte x plate, judged with what trends find';
comment on column store.trend_analyte_verdict."judgement_id" is 'sha256 over an assay and what trends find about it';
comment on column store.trend_analyte_verdict."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_analyte_verdict."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.trend_analyte_verdict."plate_number" is 'plate within the batch, from 1';
comment on column store.trend_analyte_verdict."analyte" is 'canonical analyte name';
comment on column store.trend_analyte_verdict."state" is 'pass, warn or fail';
comment on column store.trend_analyte_verdict."reasons" is 'rules behind it, joined by ''; ''; null where it passed';
comment on column store.trend_analyte_verdict."sentence" is 'the verdict in one sentence with numbers';
comment on column store.trend_analyte_verdict."well_count" is 'sample wells';
comment on column store.trend_analyte_verdict."reportable_count" is 'sample wells whose result may be reported';

create table store.trend_plate_verdict (
    "judgement_id" VARCHAR not null,
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
    primary key ("judgement_id", "plate_number")
);
comment on table store.trend_plate_verdict is 'one row per plate, judged with what trends find';
comment on column store.trend_plate_verdict."judgement_id" is 'sha256 over an assay and what trends find about it';
comment on column store.trend_plate_verdict."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_plate_verdict."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.trend_plate_verdict."plate_number" is 'plate within the batch, from 1';
comment on column store.trend_plate_verdict."state" is 'pass, warn or fail';
comment on column store.trend_plate_verdict."sentence" is 'the verdict in one sentence with numbers';
comment on column store.trend_plate_verdict."analytes_passed" is 'analytes with state pass';
comment on column store.trend_plate_verdict."analytes_warned" is 'with state warn';
comment on column store.trend_plate_verdict."analytes_failed" is 'with state fail';
comment on column store.trend_plate_verdict."low_bead_wells" is 'wells with a failing bead count';
comment on column store.trend_plate_verdict."reportable_pct" is 'share of sample results that may be reported, percent';
comment on column store.trend_plate_verdict."expected_false_alarms" is 'findings expected on a good plate of this size';

create table store.trend_reading_state (
    "judgement_id" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR not null,
    "analyte" VARCHAR not null,
    "qc_state" VARCHAR not null,
    "reportable" BOOLEAN not null,
    "reasons" VARCHAR
);
comment on table store.trend_reading_state is 'one row per well x analyte that trends judge otherwise than the plate''s own rules';
comment on column store.trend_reading_state."judgement_id" is 'sha256 over an assay and what trends find about it';
comment on column store.trend_reading_state."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_reading_state."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.trend_reading_state."plate_number" is 'plate within the batch, from 1';
comment on column store.trend_reading_state."well" is 'well name, letter and number without padding: A1, H12, P24';
comment on column store.trend_reading_state."analyte" is 'canonical analyte name';
comment on column store.trend_reading_state."qc_state" is 'pass, warn or fail';
comment on column store.trend_reading_state."reportable" is 'a sample well with a result or a bound that no failing rule touches';
comment on column store.trend_reading_state."reasons" is 'rules and states behind it, joined by ''; ''; null where there are none';

alter table store.trend_finding add column "effect_of_rule" VARCHAR;
comment on column store.trend_finding."effect_of_rule" is 'effect that the rule asks for, where a decision changed it';

alter table store.trend_finding add column "decision_id" VARCHAR;
comment on column store.trend_finding."decision_id" is 'decision that changed the finding; null where none did';

comment on table store.trend_finding is 'one row per finding of a rule that looks at several plates';
comment on column store.trend_finding."effect" is 'none, flag or fail_analyte: what it does to the plate that it stands on';
comment on column store.night_end."state" is 'done, done_with_refusals, done_with_alarms, nothing_new, dry_run or interrupted';
