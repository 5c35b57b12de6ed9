-- A person's word that a release may show less than the one before it.
comment on column store.decision."kind" is 'exclude, keep, release, tell, accept_fall or reverse';
comment on column store.decision."plate_content" is 'content hash of the plate''s readings, its run_id where it has none, sha256 of a file that is told about, or a release';
comment on column store.decision."plate" is 'plate name when it was decided; of an accepted fall the release';
comment on column store.decision."told" is 'what a release, a telling or an accepted fall says, as JSON; null for the others';
