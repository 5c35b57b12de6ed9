-- One row per cut-off of the newest version of each set.
create or replace view main.cutoff_current as
select
    cutoff.cutoff_set, cutoff.score_name, cutoff.component, cutoff.comparator,
    try_cast(cutoff.value_text as double) as cut, cutoff.value_text as cut_text, cutoff.unit, cutoff.status,
    cutoff.source, cutoff.note, try_cast(cutoff.cv_pct as double) as cv_pct, cutoff.cv_source,
    try_cast(cutoff.plate_cv_pct as double) as plate_cv_pct, cutoff.plate_cv_source,
    try_cast(cutoff.place_cv_pct as double) as place_cv_pct, cutoff.place_cv_source, cutoff.set_hash
from internal.cutoff_current as cutoff;

comment on view main.cutoff_current is 'one row per cut-off of the newest version of each set';
comment on column main.cutoff_current.cut is 'the cut-off, in unit';
comment on column main.cutoff_current.cut_text is 'the same as reviewed, every digit of it';
