-- A note beside a plate on the chart of a control: a decision that changes no result.
comment on column store.decision."kind" is 'exclude, keep, release, tell, annotate, accept_fall, later, withdraw, erase or reverse';
comment on column store.decision."told" is 'what a release, a telling, an annotation, an accepted fall, a putting off or an erasure says, as JSON; null for the others';
