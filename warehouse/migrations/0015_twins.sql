-- The name of a plate's readings, by which two files that hold the same ones are known whatever they call the plate.
create table store.plate_reading (
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "reading_hash" VARCHAR,
    primary key ("run_id", "plate_number")
);
comment on table store.plate_reading is 'one row per plate of a run, with the name of its readings: plates that share it were read once';
comment on column store.plate_reading."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.plate_reading."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_reading."reading_hash" is 'sha256 of the MFI values, whatever wells and analytes are called; null without any';
