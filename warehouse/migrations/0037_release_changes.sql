-- Which releases were made, and what each changed against the one before it, with the cause.
create table store.release_made (
    "release" VARCHAR not null,
    "release_before" VARCHAR,
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "score_night_id" VARCHAR,
    primary key ("release")
);
comment on table store.release_made is 'one row per release that a night set out to write; one that nobody was led to is the release before none';
comment on column store.release_made."release" is 'name of the release';
comment on column store.release_made."release_before" is 'release that people were led to until then; null for the first';
comment on column store.release_made."sequence" is 'order of the releases, from 1';
comment on column store.release_made."night_id" is 'night that wrote the row';
comment on column store.release_made."score_night_id" is 'night whose scores it shows; null where there are none yet';

create table store.release_change_found (
    "night_id" VARCHAR not null,
    "position" BIGINT not null,
    "release_before" VARCHAR not null,
    "release_after" VARCHAR not null,
    "subject_id" VARCHAR,
    "run_id" VARCHAR,
    "plate_number" BIGINT,
    "what" VARCHAR not null,
    "before" VARCHAR,
    "after" VARCHAR,
    "cause_kind" VARCHAR not null,
    "cause_key" VARCHAR not null,
    primary key ("night_id", "position")
);
comment on table store.release_change_found is 'one row per change of a release against the one before it x cause';
comment on column store.release_change_found."night_id" is 'night that wrote the row';
comment on column store.release_change_found."position" is 'order within the night, from 1';
comment on column store.release_change_found."release_before" is 'release that people were led to until then';
comment on column store.release_change_found."release_after" is 'release that shows the change';
comment on column store.release_change_found."subject_id" is 'study id; null where it is about no single subject';
comment on column store.release_change_found."run_id" is 'run of the plate; null where it is about no plate';
comment on column store.release_change_found."plate_number" is 'plate within the batch, from 1; null where it is about no plate';
comment on column store.release_change_found."what" is 'subject (came, went), group, score, score_min, score_max, is_certain, marks; nlr, crp, il12 or il2 with _point, _value, _unit or _reason; plate_verdict, cutoff_set or withdrawal';
comment on column store.release_change_found."before" is 'what the release before shows, as text; null where it shows nothing';
comment on column store.release_change_found."after" is 'what the release shows, as text; null where it shows nothing';
comment on column store.release_change_found."cause_kind" is 'plate, laboratory_result (any row or file about patients), retraction, decision, configuration or code';
comment on column store.release_change_found."cause_key" is 'run_id of a plate; file_id:line, or file_id, of a laboratory result or retraction; sequence of a decision; sha256 of the configuration; version of the program';
