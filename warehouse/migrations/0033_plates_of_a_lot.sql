-- What plates of a lot differ by, as the controls of earlier plates say, beside the value that it makes less sure.
alter table store.score_input add column "plate_cv_pct" DOUBLE;
comment on column store.score_input."plate_cv_pct" is 'what plates of the lot differ by beyond the errors of their curves, percent, from the controls of the plates before; null where too few say so, and the assumption of the cut-off set stands';
alter table store.score_input add column "plate_cv_count" BIGINT;
comment on column store.score_input."plate_cv_count" is 'earlier plates whose controls say so';
alter table store.cutoff add column "place_cv_pct" VARCHAR;
comment on column store.cutoff."place_cv_pct" is 'what wells away from the controls are taken to differ by on one plate, percent; null where nothing is assumed';
alter table store.cutoff add column "place_cv_source" VARCHAR;
comment on column store.cutoff."place_cv_source" is 'where that assumption comes from; null before it was kept';
comment on column store.score_component."flip_probability" is 'probability that the true value lies on the other side, from the assay''s interval, from what plates of the lot differ by, and from the place on the plate; also of a bound behind which it lies';
comment on column store.trend_baseline."mean" is 'centre; of a control held on the log scale its geometric mean';
comment on column store.trend_baseline."sd" is 'SD (n - 1); on the log scale that of ln times the mean';
