-- What the place on a plate adds to its samples, as they lean over columns and rows; whether the plates of a lot are even follows from it.

create table store.plate_place (
    "assay_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "variance" DOUBLE not null,
    "error" DOUBLE not null,
    "sample_count" BIGINT not null,
    primary key ("assay_id", "plate_number")
);
comment on table store.plate_place is 'one row per plate: what the place on it adds to the signals of its samples, as they lean over columns and rows';
comment on column store.plate_place."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.plate_place."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.plate_place."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_place."variance" is 'variance of ln MFI that the lean adds at the samples'' distances from the standards, unbiased: below 0 as often as above where nothing leans';
comment on column store.plate_place."error" is 'SD of it by chance where nothing leans';
comment on column store.plate_place."sample_count" is 'samples behind it';

alter table store.cutoff add column "uneven_cv_pct" VARCHAR;
comment on column store.cutoff."uneven_cv_pct" is 'what the place on the plate is taken to add where enough plates of the lot do not show that they are even, percent; null where nothing is assumed';

alter table store.cutoff add column "uneven_cv_source" VARCHAR;
comment on column store.cutoff."uneven_cv_source" is 'where that assumption comes from; null before it was kept';

alter table store.score_input add column "is_plate_even" BOOLEAN;
comment on column store.score_input."is_plate_even" is 'the samples of the earlier plates show that the place on a plate adds little; false also where they cannot tell, null where plate_cv_pct is';

alter table store.visit_input add column "is_plate_even" BOOLEAN;
comment on column store.visit_input."is_plate_even" is 'the samples of the earlier plates show that the place on a plate adds little; false also where they cannot tell, null where plate_cv_pct is';
