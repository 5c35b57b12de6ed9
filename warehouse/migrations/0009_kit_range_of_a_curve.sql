-- The range that the kit declares stands in the curve row beside the limits that it may bind.
alter table store.curve add column "kit_low" DOUBLE;
comment on column store.curve."kit_low" is 'lower end of the range that the kit declares, in `unit`, whether or not it binds';
alter table store.curve add column "kit_high" DOUBLE;
comment on column store.curve."kit_high" is 'upper end of it';
