-- One row: how many subjects have a score under the site's set by the night and had none by the night before it that left scores, and
-- the other way round; a subject that is not_scored has none. $1: the night. Nothing where it left no scores.
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
),
score as (select night_id, subject_id from store.score where is_site_set and "group" <> 'not_scored'),
is_now as (select subject_id from score join this using (night_id)),
was as (select subject_id from score join earlier using (night_id))
select
    (select count(*) from is_now anti join was using (subject_id)) as came,
    (select count(*) from was anti join is_now using (subject_id)) as went
