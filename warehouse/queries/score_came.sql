-- One row: how many subjects the night scored that the night before it did not, and the other way round. $1: the night.
with
night as (select night_id, sequence from store.night),
scored as (select distinct night_id, subject_id from store.score),
this as (select night_id, sequence from night where night_id = $1),
earlier as (
    select arg_max(night.night_id, night.sequence) as night_id
    from night join scored using (night_id)
    where night.sequence < (select sequence from this)
),
is_now as (select subject_id from scored join this using (night_id)),
was as (select subject_id from scored join earlier using (night_id))
select
    (select count(*) from is_now anti join was using (subject_id)) as came,
    case when exists (from is_now) then (select count(*) from was anti join is_now using (subject_id)) else 0 end as went
