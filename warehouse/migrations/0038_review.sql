-- Review of plates: what a plate's results are called by, its state as people decided, and who signed it, without names.
create table store.plate_hash (
    "assay_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "night_id" VARCHAR not null,
    "result_hash" VARCHAR not null,
    primary key ("assay_id", "plate_number")
);
comment on table store.plate_hash is 'one row per plate of an assay: what its results, verdicts and limits are called by';
comment on column store.plate_hash."assay_id" is 'sha256 over run, layout, panel, method, profile and code version';
comment on column store.plate_hash."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_hash."night_id" is 'night that wrote the row';
comment on column store.plate_hash."result_hash" is 'sha256 over the plate''s results, verdicts and limits, without what trends find';

create table store.plate_review (
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "state" VARCHAR not null,
    "decided_by" BIGINT,
    "reviewed_at" TIMESTAMP,
    "exclusion_count" BIGINT not null,
    "signed" VARCHAR not null,
    "accepted_hash" VARCHAR,
    "accepted_version" VARCHAR,
    "answered_by_run_id" VARCHAR,
    primary key ("sequence")
);
comment on table store.plate_review is 'one row per plate x state of its review; the last one stands';
comment on column store.plate_review."sequence" is 'order of the states, from 1';
comment on column store.plate_review."night_id" is 'night that wrote the row';
comment on column store.plate_review."run_id" is 'sha256 of the export file''s bytes, in hex';
comment on column store.plate_review."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_review."state" is 'pending, accepted, accepted_with_exclusions, rejected, repeat_ordered or stale';
comment on column store.plate_review."decided_by" is 'sequence of the decision that made it so; null while nobody has decided';
comment on column store.plate_review."reviewed_at" is 'when that was entered, null likewise; UTC';
comment on column store.plate_review."exclusion_count" is 'standing exclusions on the plate';
comment on column store.plate_review."signed" is 'yes, partly (exclusions ask for a second person) or no';
comment on column store.plate_review."accepted_hash" is 'sha256 over the results, verdicts and limits that were accepted; null where none were';
comment on column store.plate_review."accepted_version" is 'version of the program that they were accepted under; null likewise';
comment on column store.plate_review."answered_by_run_id" is 'run of the plate that was run instead; null where none is named';

create table store.plate_signature (
    "sequence" BIGINT not null,
    "night_id" VARCHAR not null,
    "signature_id" VARCHAR not null,
    "run_id" VARCHAR not null,
    "plate_number" BIGINT not null,
    "meaning" VARCHAR not null,
    "role" VARCHAR not null,
    "signed_at" TIMESTAMP not null,
    "result_hash" VARCHAR not null,
    "page_hash" VARCHAR not null,
    "config_hash" VARCHAR not null,
    "code_version" VARCHAR not null,
    primary key ("sequence")
);
comment on table store.plate_signature is 'one row per signature on a plate; who signed stays in the decision log';
comment on column store.plate_signature."sequence" is 'sequence of the decision that it is';
comment on column store.plate_signature."night_id" is 'night that wrote the row';
comment on column store.plate_signature."signature_id" is 'random, drawn when it was entered';
comment on column store.plate_signature."run_id" is 'run of the plate when the signature came into the store';
comment on column store.plate_signature."plate_number" is 'plate within the batch, from 1';
comment on column store.plate_signature."meaning" is 'review, approval or responsibility';
comment on column store.plate_signature."role" is 'role of who signed: reviewer, approver or admin';
comment on column store.plate_signature."signed_at" is 'when, UTC';
comment on column store.plate_signature."result_hash" is 'sha256 over the results, verdicts and limits that were signed';
comment on column store.plate_signature."page_hash" is 'sha256 of the plate''s page without its decisions and signatures';
comment on column store.plate_signature."config_hash" is 'sha256 of the site''s configuration that the plate was computed with';
comment on column store.plate_signature."code_version" is 'version of the program that it was computed with';

comment on column store.decision."kind" is 'exclude, keep, release, tell, annotate, accept, reject, repeat, sign, accept_fall, later, name_release, prune, withdraw, erase or reverse';
comment on column store.decision."told" is 'what a release, a telling, an annotation, a review, an accepted fall, a putting off or an erasure says, as JSON; null for the others';
comment on column store.release_change_found."what" is 'subject (came, went), group, score, score_min, score_max, is_certain, marks; nlr, crp, il12 or il2 with _point, _value, _unit or _reason; plate_verdict, plate_review, cutoff_set or withdrawal';
