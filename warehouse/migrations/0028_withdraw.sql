-- Consent withdrawn: a decision that names a subject by a keyed hash, and the event by which a night carried it out.
comment on column store.decision."kind" is 'exclude, keep, release, tell, accept_fall, withdraw, erase or reverse';
comment on column store.decision."plate_content" is 'content hash of the plate''s readings, its run_id where it has none, sha256 of a file that is told about, a release, or a keyed hash of a subject who withdrew';
comment on column store.decision."plate" is 'plate name when it was decided; of an accepted fall the release; subject of a withdrawal';
comment on column store.decision."told" is 'what a release, a telling, an accepted fall or an erasure says, as JSON; null for the others';
