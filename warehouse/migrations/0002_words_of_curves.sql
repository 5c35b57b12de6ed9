-- What was declared of columns has changed; their content has not: a status for what is below the detection limit, a third method.
comment on column store.result."status" is 'QUANT, BELOW_LLOQ, BELOW_LOD, BELOW_CURVE, ABOVE_ULOQ, ABOVE_STANDARDS, ABOVE_CURVE, NO_CURVE, CURVE_FAILED, LOW_BEADS, MISSING, BACKGROUND, EXCLUDED';
comment on column store.result."method" is 'robust, xponent or instrument';
comment on column store.curve."method" is 'robust, xponent or instrument';
