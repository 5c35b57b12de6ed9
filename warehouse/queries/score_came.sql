-- One row: how many subjects have a score under the site's set by the night and had none by the night before it that left scores, and
-- the other way round; a subject that is not_scored has none. $1, $2: the two nights, of two_nights.sql.
with
this as (select $1::varchar as night_id),
earlier as (select $2::varchar as night_id),
score as (select night_id, subject_id from store.score where is_site_set and "group" <> 'not_scored'),
is_now as (select subject_id from score join this using (night_id)),
was as (select subject_id from score join earlier using (night_id))
select
    (select count(*) from is_now anti join was using (subject_id)) as came,
    (select count(*) from was anti join is_now using (subject_id)) as went
