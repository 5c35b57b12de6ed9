-- A site may choose the export's own concentrations: all three methods reach the warehouse.
comment on column store.assay."method" is 'robust, xponent or instrument';
comment on column store.trend_baseline."method" is 'curve method: robust, xponent or instrument';
-- A checksum that does not match proves nothing where its arithmetic is not known for the instrument and version.
comment on column store.run."crc_state" is 'match, mismatch, absent, or not_judged where its arithmetic is not known';
