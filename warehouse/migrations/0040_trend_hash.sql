-- What a plate is called by with what trends find, kept once a judgement: a question for a plate's name does not go through every reading that trends judge.
create table store.trend_hash (
    "judgement_id" VARCHAR not null,
    "assay_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "night_id" VARCHAR not null,
    "result_hash" VARCHAR not null,
    "held_hash" VARCHAR not null,
    primary key ("judgement_id", "plate_number")
);
comment on table store.trend_hash is 'one row per plate of an assay that is judged with what trends find: what its results, verdicts and limits are called by then';
comment on column store.trend_hash."judgement_id" is 'sha256 over an assay and what trends find about it';
comment on column store.trend_hash."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.trend_hash."plate_number" is 'plate within the batch, from 1';
comment on column store.trend_hash."night_id" is 'night that wrote the row';
comment on column store.trend_hash."result_hash" is 'sha256 over what plate_hash calls the plate, and what trends find';
comment on column store.trend_hash."held_hash" is 'the same of a plate that is held';
