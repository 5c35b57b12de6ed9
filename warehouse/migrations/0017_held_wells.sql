-- A well about which something is unknown that its numbers rest on is held: it says so, and nothing is computed for it.
alter table store.well add column "doubt" VARCHAR;
comment on column store.well."doubt" is 'what is doubtful about the well: label, dilution or background; null where nothing is';
alter table store.well add column "doubt_reason" VARCHAR;
comment on column store.well."doubt_reason" is 'why, and what releases the well, in one sentence; may quote the export';
comment on column store.well."role_source" is 'layout, well_type, reagent_table, lot_sheet, default_name, net_mfi or none';
comment on column store.well."dilution_factor" is 'factor applied to concentrations; null for standards and background, and for a well that nobody gives one';
comment on column store.well."dilution_source" is 'layout, export or assumed_1; null where there is no factor';
comment on column store.result."status" is 'QUANT, BELOW_LLOQ, BELOW_LOD, BELOW_CURVE, ABOVE_ULOQ, ABOVE_STANDARDS, ABOVE_CURVE, NO_CURVE, CURVE_FAILED, LOW_BEADS, MISSING, BACKGROUND, EXCLUDED, HELD';
comment on column store.finding."effect" is 'none, flag, hold_well, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse';
comment on column store.reading_state."qc_state" is 'pass, warn, fail or held (nothing is computed before a person says more)';
comment on column store.trend_reading_state."qc_state" is 'pass, warn, fail or held (nothing is computed before a person says more)';
