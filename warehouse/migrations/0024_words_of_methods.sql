-- A site may choose the export's own concentrations: all three methods reach the warehouse.
comment on column store.assay."method" is 'robust, xponent or instrument';
comment on column store.trend_baseline."method" is 'curve method: robust, xponent or instrument';
