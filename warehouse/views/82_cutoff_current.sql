-- One row per cut-off of the newest version of each set.
create or replace view cutoff_current as
with
newest as (
    select cutoff_set, arg_max(set_hash, sequence) as set_hash
    from store.cutoff_set
    group by cutoff_set
),
cutoff as (from store.cutoff)
select
    newest.cutoff_set, cutoff.score_name, cutoff.component, cutoff.comparator, cutoff.value_text, cutoff.unit, cutoff.status,
    cutoff.source, cutoff.note, cutoff.cv_pct, cutoff.cv_source, cutoff.plate_cv_pct, cutoff.plate_cv_source,
    cutoff.place_cv_pct, cutoff.place_cv_source, cutoff.uneven_cv_pct, cutoff.uneven_cv_source, cutoff.set_hash
from newest
join cutoff using (set_hash);

comment on view cutoff_current is 'one row per cut-off of the newest version of each set';
comment on column cutoff_current.cutoff_set is 'name of the set';
