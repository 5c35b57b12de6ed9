-- The line that gives an analyte's bead region, so that a region that differs from the panel can be shown where it stands.
alter table store.analyte_run add column "bead_region_line" BIGINT;
comment on column store.analyte_run."bead_region_line" is '1-based line that gives the bead region; null where it stands in the name';
