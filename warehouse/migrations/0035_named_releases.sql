-- Releases that are given a word by which they are cited, or taken away: events of the log; no row changes.
comment on column store.decision."kind" is 'exclude, keep, release, tell, annotate, accept_fall, later, name_release, prune, withdraw, erase or reverse';
