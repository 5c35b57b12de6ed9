-- An expected concentration that cannot be right stands beside what it should be, where most analytes of the export are sound.
alter table store.reagent add column "implied_concentration" DOUBLE;
comment on column store.reagent."implied_concentration" is 'what the other standards, or Result and % Recovery, say it should be; null where the written one may be right';
alter table store.assay_reagent add column "implied_concentration" DOUBLE;
comment on column store.assay_reagent."implied_concentration" is 'what the other standards, or Result and % Recovery, say it should be; null where the written one may be right';
-- No instrument orders the analytes of one block otherwise than the others': which header is the true one, nobody knows.
alter table store.analyte_run add column "misplaced_in" VARCHAR;
comment on column store.analyte_run."misplaced_in" is 'blocks that name it at another place than Median does; null where none';
alter table store.curve add column "coefficients_source" VARCHAR;
comment on column store.curve."coefficients_source" is 'fit or export; null where there is no curve';
