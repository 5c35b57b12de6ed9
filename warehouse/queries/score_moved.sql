-- One row per subject whose score or group under the site's set is another than the night before left it, and per measure that
-- was computed from something else; a row without a measure where none was. $1, $2: the two nights, of two_nights.sql.
with
this as (select $1::varchar as night_id),
earlier as (select $2::varchar as night_id),
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
