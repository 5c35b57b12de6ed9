-- One row per subject x measure of the latest night that an earlier night had scored from a laboratory row which has been taken back
-- or replaced since, where the value is another now: what the score was, and what it is.
create or replace view score_taken_back as
with
latest as (from score_night),
scored as (
    select night.night_id, night.sequence, dense_rank() over (order by night.sequence desc) as age
    from store.night as night
    semi join store.score_input as input using (night_id)
),
replaced as (
    select file_id || ':' || source_line as source_key, how, by_file_name, by_source_line
    from replaced_lab
    where file_id is not null
),
now as (from score_input),
earlier as (
    select
        input.subject_id, input.measure, input.value_op, input.value_text, input.unit, input.source_key, scored.night_id,
        scored.age, scored.sequence
    from store.score_input as input
    join scored using (night_id)
    semi join replaced using (source_key)
    where input.source_kind = 'lab' and input.reason is null
),
last_use as (
    from earlier
    qualify row_number() over (partition by subject_id, measure order by sequence desc) = 1
),
outcome as (
    select night_id, subject_id, "group", score_min, score_max
    from store.score
    where is_site_set
)
select
    last_use.subject_id, last_use.measure, replaced.how, last_use.source_key, replaced.by_file_name, replaced.by_source_line,
    last_use.night_id as was_night_id, last_use.value_op as was_value_op, last_use.value_text as was_value_text, last_use.unit,
    was."group" as was_group, was.score_min as was_score_min, was.score_max as was_score_max,
    now.value_op, now.value_text, now.reason, current."group", current.score_min, current.score_max,
    last_use.age = 2 as is_new
from last_use
join latest on latest.night_id <> last_use.night_id
join replaced using (source_key)
join now on now.subject_id = last_use.subject_id and now.measure = last_use.measure
left join outcome as was on was.night_id = last_use.night_id and was.subject_id = last_use.subject_id
left join outcome as current on current.night_id = latest.night_id and current.subject_id = last_use.subject_id
where (now.value_op, now.value_text) is distinct from (last_use.value_op, last_use.value_text);

comment on view score_taken_back is 'one row per subject x measure of the latest night that an earlier night had scored from a laboratory row which has been taken back or replaced since';
comment on column score_taken_back.measure is 'neutrophils, lymphocytes, crp or afp';
comment on column score_taken_back.how is 'newer version (of one FHIR id), taken back, corrected, issued again, or another patient (whose row claims it)';
comment on column score_taken_back.source_key is 'file_id:line of the row that was scored then';
comment on column score_taken_back.by_file_name is 'name of the file of the row that took it back or replaced it';
comment on column score_taken_back.by_source_line is 'line of the row that took it back or replaced it';
comment on column score_taken_back.was_night_id is 'last night that scored it';
comment on column score_taken_back.was_value_op is 'comparator then';
comment on column score_taken_back.was_value_text is 'value then';
comment on column score_taken_back.was_group is 'group then, under the set that the site reported';
comment on column score_taken_back.was_score_min is 'certain points then';
comment on column score_taken_back.was_score_max is 'possible points then';
comment on column score_taken_back.value_op is 'comparator now';
comment on column score_taken_back.value_text is 'value now';
comment on column score_taken_back.reason is 'why there is none now, from the closed list';
comment on column score_taken_back.group is 'group now';
comment on column score_taken_back.score_min is 'certain points now';
comment on column score_taken_back.score_max is 'possible points now';
comment on column score_taken_back.is_new is 'the last scored night before the latest still had it';
