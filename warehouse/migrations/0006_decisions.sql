-- Decisions of people about plates, and which finding and which assay they changed.
create table store.decision (
    "sequence" BIGINT not null,
    "decision_id" VARCHAR not null,
    "previous_id" VARCHAR not null,
    "night_id" VARCHAR not null,
    "decided_at" TIMESTAMP not null,
    "author" VARCHAR not null,
    "kind" VARCHAR not null,
    "plate_content" VARCHAR not null,
    "plate" VARCHAR not null,
    "plate_number" BIGINT not null,
    "well" VARCHAR,
    "replicate_group" VARCHAR,
    "analyte" VARCHAR,
    "rule" VARCHAR,
    "cause" VARCHAR not null,
    "reason" VARCHAR not null,
    "reverses" BIGINT,
    primary key ("sequence")
);
comment on table store.decision is 'one row per decision of a person about a plate, as the decision log has it';
comment on column store.decision."sequence" is 'place in the decision log, from 1';
comment on column store.decision."decision_id" is 'sha256 of the decision and of the one before it';
comment on column store.decision."previous_id" is 'decision_id of the one before it; zeros for the first';
comment on column store.decision."night_id" is 'night that wrote the row';
comment on column store.decision."decided_at" is 'when, site wall time';
comment on column store.decision."author" is 'who decided';
comment on column store.decision."kind" is 'exclude, keep or reverse';
comment on column store.decision."plate_content" is 'content hash of the plate''s readings, or its run_id where it has none';
comment on column store.decision."plate" is 'plate name when it was decided';
comment on column store.decision."plate_number" is 'plate within the batch, from 1';
comment on column store.decision."well" is 'well; null where the decision is not about one';
comment on column store.decision."replicate_group" is 'replicate group; null where the decision is not about one';
comment on column store.decision."analyte" is 'canonical analyte name; null where all are meant';
comment on column store.decision."rule" is 'rule whose finding is kept';
comment on column store.decision."cause" is 'cause, from a closed list';
comment on column store.decision."reason" is 'the reason in words';
comment on column store.decision."reverses" is 'sequence of the decision that this one reverses';

alter table store.assay add column "decision_hash" VARCHAR;
comment on column store.assay."decision_hash" is 'sha256 of the standing decisions about the plate; null where there are none';

alter table store.finding add column "effect_of_rule" VARCHAR;
comment on column store.finding."effect_of_rule" is 'effect that the rule asks for, where a decision changed it';

alter table store.finding add column "decision_id" VARCHAR;
comment on column store.finding."decision_id" is 'decision that made or changed the finding; null where none did';
