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
