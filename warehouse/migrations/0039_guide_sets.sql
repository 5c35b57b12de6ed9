-- A person chooses the guide set of control charts: a decision about a control, a lot and an analyte or all of them.
comment on column store.decision."kind" is 'exclude, keep, release, tell, annotate, guide, accept, reject, repeat, sign, accept_fall, later, name_release, prune, withdraw, erase or reverse';
comment on column store.decision."told" is 'what a release, a telling, an annotation, a guide set, a review, an accepted fall, a putting off or an erasure says, as JSON; null for the others';
comment on column store.decision."plate_content" is 'content hash of the plate''s readings, its run_id where it has none, sha256 of a file that is told about, a release, or a keyed hash of a subject who withdrew; zeros for an open item that is put off and for a guide set';
