-- Trends: numbers that are followed from plate to plate, and what a night found when it held them against their history.

create table store.trend_check (
    "night_id" VARCHAR not null,
    "sequence" BIGINT not null,
    "basis" VARCHAR not null,
    "suite_hash" VARCHAR not null,
    "point_count" BIGINT not null,
    "series_count" BIGINT not null,
    primary key ("night_id")
);
comment on table store.trend_check is 'one row per night that held all standing plates against their history; a night that changed none has no row';
comment on column store.trend_check."night_id" is 'night that wrote the row';
comment on column store.trend_check."sequence" is 'order of loading, from 1';
comment on column store.trend_check."basis" is 'sha256 over the standing assays and the trend rules';
comment on column store.trend_check."suite_hash" is 'sha256 of the effective trend rules and guide sets';
comment on column store.trend_check."point_count" is 'numbers that were followed';
comment on column store.trend_check."series_count" is 'series that they belong to';

create table store.trend_point (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR not null,
    "metric" VARCHAR not null,
    "value" DOUBLE not null,
    primary key ("assay_id", "plate_number", "analyte", "metric")
);
comment on table store.trend_point is 'one row per plate x analyte x metric: a number that is followed from plate to plate';
comment on column store.trend_point."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_point."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.trend_point."plate_number" is 'plate within the batch, from 1';
comment on column store.trend_point."analyte" is 'canonical analyte name';
comment on column store.trend_point."metric" is 'what is followed: qc1, qc2, ln_ec50, auc, high_mfi, background, ln_top, ln_samples';
comment on column store.trend_point."value" is 'the number';

create table store.trend_finding (
    "night_id" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "analyte" VARCHAR,
    "metric" VARCHAR,
    "rule" VARCHAR not null,
    "severity" VARCHAR not null,
    "lot" VARCHAR,
    "instrument" VARCHAR,
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
comment on table store.trend_finding is 'one row per finding of a rule that looks at several plates; it never changes the result of one';
comment on column store.trend_finding."night_id" is 'night that wrote the row';
comment on column store.trend_finding."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_finding."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.trend_finding."plate_number" is 'plate within the batch, from 1';
comment on column store.trend_finding."analyte" is 'canonical analyte name; null where the finding is about the run';
comment on column store.trend_finding."metric" is 'what is followed: qc1, qc2, ln_ec50, auc, high_mfi, background, ln_top, ln_samples; null where the finding is about the run';
comment on column store.trend_finding."rule" is 'rule name, the same everywhere';
comment on column store.trend_finding."severity" is 'info, warn, fail or error (the check itself could not run)';
comment on column store.trend_finding."lot" is 'lots of the series';
comment on column store.trend_finding."instrument" is 'instrument of the series';
comment on column store.trend_finding."observed" is 'what was measured';
comment on column store.trend_finding."observed_text" is 'the same in words';
comment on column store.trend_finding."limit_value" is 'the limit that was used';
comment on column store.trend_finding."limit_text" is 'the same in words';
comment on column store.trend_finding."effect" is 'none or flag';
comment on column store.trend_finding."action" is 'what a person should do';
comment on column store.trend_finding."source" is 'where the rule comes from';
comment on column store.trend_finding."message" is 'one sentence with numbers';
comment on column store.trend_finding."suite_hash" is 'sha256 of the effective trend rules and guide sets';

create table store.trend_baseline (
    "night_id" VARCHAR not null,
    "analyte" VARCHAR not null,
    "metric" VARCHAR not null,
    "lot" VARCHAR not null,
    "instrument" VARCHAR not null,
    "method" VARCHAR not null,
    "kind" VARCHAR not null,
    "version" VARCHAR not null,
    "plate_count" BIGINT,
    "mean" DOUBLE,
    "sd" DOUBLE,
    "limit_low" DOUBLE,
    "limit_high" DOUBLE,
    "first_at" TIMESTAMP,
    "last_at" TIMESTAMP,
    primary key ("night_id", "analyte", "metric", "lot", "instrument", "method")
);
comment on table store.trend_baseline is 'one row per series (analyte x metric x lot x instrument x method) with the limits that its next plate meets';
comment on column store.trend_baseline."night_id" is 'night that wrote the row';
comment on column store.trend_baseline."analyte" is 'canonical analyte name';
comment on column store.trend_baseline."metric" is 'what is followed: qc1, qc2, ln_ec50, auc, high_mfi, background, ln_top, ln_samples';
comment on column store.trend_baseline."lot" is 'lots that a baseline is bound to: kit and standards; for controls theirs too';
comment on column store.trend_baseline."instrument" is 'serial number of the instrument, else its type';
comment on column store.trend_baseline."method" is 'curve method: robust or xponent';
comment on column store.trend_baseline."kind" is 'guide (fixed by accepted plates), given (by a person) or running (too few plates)';
comment on column store.trend_baseline."version" is 'sha256 of the plates or numbers that made it, first 12 characters';
comment on column store.trend_baseline."plate_count" is 'accepted plates behind it; null where mean and SD were given';
comment on column store.trend_baseline."mean" is 'centre';
comment on column store.trend_baseline."sd" is 'SD (n - 1)';
comment on column store.trend_baseline."limit_low" is 'lower limit: mean - 3 SD, wider by Student''s t where the plates are few';
comment on column store.trend_baseline."limit_high" is 'upper limit';
comment on column store.trend_baseline."first_at" is 'start of its first plate';
comment on column store.trend_baseline."last_at" is 'start of its last plate';

create table store.trend_judged (
    "night_id" VARCHAR not null,
    "entry" VARCHAR not null,
    "rule" VARCHAR not null,
    "severity" VARCHAR not null,
    "judged_count" BIGINT not null,
    "found_count" BIGINT not null,
    "expected_false_alarms" DOUBLE not null,
    primary key ("night_id", "entry")
);
comment on table store.trend_judged is 'one row per trend rule, with how much it judged over all standing plates';
comment on column store.trend_judged."night_id" is 'night that wrote the row';
comment on column store.trend_judged."entry" is 'id of the suite entry, for example westgard_1_3s.fail';
comment on column store.trend_judged."rule" is 'rule name';
comment on column store.trend_judged."severity" is 'info, warn or fail';
comment on column store.trend_judged."judged_count" is 'objects that the entry could judge';
comment on column store.trend_judged."found_count" is 'objects that broke it';
comment on column store.trend_judged."expected_false_alarms" is 'objects expected to break it while nothing changes';
