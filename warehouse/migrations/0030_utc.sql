-- Moments of the service's own clock in UTC. What rows hold is turned from wall time of the site in the same transaction
-- (warehouse/moments.py), since SQL does not know the site's zone. What instruments and laboratories wrote stays as it is, and says so.
comment on column store.run."loaded_at" is 'when the file was loaded, UTC';
comment on column store.assay."assayed_at" is 'when it was loaded, UTC';
comment on column store.clinical_import."imported_at" is 'when it was loaded, UTC';
comment on column store.refusal."refused_at" is 'when, UTC';
comment on column store.night."started_at" is 'start, UTC';
comment on column store.night_end."finished_at" is 'end, UTC';
comment on column store.decision."decided_at" is 'when, UTC';
comment on column store.calibration."performed_at" is 'when, instrument wall time';
comment on column store.score_input."collected_at" is 'collection of the specimen, site wall time';
comment on column store.trend_baseline."first_at" is 'start of its first plate, instrument wall time';
comment on column store.trend_baseline."last_at" is 'start of its last plate, instrument wall time';
