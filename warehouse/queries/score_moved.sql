-- One row per subject whose score or group under the site's set is another than the night before left it, and per measure that
-- was computed from something else; a row without a measure where none was. $1: the night. Nothing where it left no scores.
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
score as (from store.score where is_site_set),
input as (from store.score_input),
is_now as (select score.* from score join this using (night_id)),
was as (select score.* from score join earlier using (night_id)),
moved as (
    select
        is_now.subject_id, was.cutoff_set as was_set, is_now.cutoff_set, was."group" as was_group, was.score_min as was_min,
        was.score_max as was_max, is_now."group", is_now.score_min, is_now.score_max
    from is_now
    join was using (subject_id)
    where was."group" != is_now."group"
        or was.score_min is distinct from is_now.score_min or was.score_max is distinct from is_now.score_max
),
input_now as (select input.* from input join this using (night_id)),
input_was as (select input.* from input join earlier using (night_id)),
changed as (
    select
        input_now.subject_id, input_now.measure, input_was.value_op as was_op, input_was.value_text as was_text,
        input_was.unit as was_unit, input_was.reason as was_reason, input_now.value_op, input_now.value_text, input_now.unit,
        input_now.reason, input_now.detail
    from input_now
    join input_was using (subject_id, measure)
    where input_now.value_text is distinct from input_was.value_text
        or input_now.value_op is distinct from input_was.value_op
        or input_now.reason is distinct from input_was.reason
)
select moved.*, changed.* exclude (subject_id)
from moved
left join changed using (subject_id)
order by subject_id, measure
