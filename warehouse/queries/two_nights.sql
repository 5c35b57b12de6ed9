-- One row: the night whose scores the night $1 tells, and the one before it that left scores; null where there is none.
with
night as (select night_id, sequence from store.night),
-- A night that did not come to its end showed nobody anything; the next one tells what it did.
interrupted as (select night_id from store.night_end where state = 'interrupted'),
scored as (select distinct night_id from store.score_input),
-- Where a night only ends what one left that was interrupted, it tells of that one's scores.
asked as (select sequence from night where night_id = $1),
ended as (
    select coalesce(max(sequence), -1) as sequence
    from night
    anti join interrupted using (night_id)
    where sequence < (select sequence from asked)
),
this as (
    select night.night_id, night.sequence
    from night
    join scored using (night_id)
    where night.sequence <= (select sequence from asked) and night.sequence > (select sequence from ended)
    order by night.sequence desc
    limit 1
),
earlier as (
    select arg_max(night.night_id, night.sequence) as night_id
    from night join scored using (night_id) anti join interrupted using (night_id)
    where night.sequence < (select sequence from this)
)
select (select night_id from this) as this, (select night_id from earlier) as earlier
