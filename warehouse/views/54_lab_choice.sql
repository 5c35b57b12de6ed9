-- One row per treated subject x laboratory measure that has any result: the result that speaks for it.
-- CRP and AFP: nearest to the cytokine draw in the window, ties earlier. Counts: the specimen that has both; where none has,
-- the nearest count stands and its partner gives the reason. A result that cannot count speaks only where none can.
create or replace view lab_choice as
with
cbc as (from cbc_choice),
-- Only these can speak: what may be chosen; everything of a measure of which nothing may be; counts that never meet.
possible as (from lab_candidate),
settled as (select distinct subject_id, measure from possible where is_settled),
candidate as (
    select possible.*
    from possible
    left join settled on settled.subject_id = possible.subject_id and settled.measure = possible.measure
    left join cbc on cbc.subject_id = possible.subject_id
    where
        possible.is_settled or settled.measure is null
        or (cbc.subject_id is null and possible.measure in ('neutrophils', 'lymphocytes'))
),
paired as (
    select
        subject_id, 'neutrophils' as measure, neutrophils_key as source_key, neutrophils_way as way_rank, is_conflict, nlr_source,
        difference
    from cbc
    union all
    select
        subject_id, 'lymphocytes' as measure, lymphocytes_key as source_key, lymphocytes_way as way_rank, is_conflict, nlr_source,
        difference
    from cbc
),
-- Of two counts that never meet on one specimen, one is shown; neutrophils where both could be.
lone as (
    select subject_id, measure, specimen_id, collected_at, source_key, way_rank
    from candidate
    anti join cbc using (subject_id)
    where measure in ('neutrophils', 'lymphocytes') and is_settled
    qualify row_number() over (
        partition by subject_id order by measure desc, distance_seconds, collected_at, way_rank, specimen_id, source_key
    ) = 1
),
related as (
    select
        candidate.*,
        paired.source_key is not null as is_paired,
        coalesce(paired.is_conflict, false) as is_pair_conflict,
        paired.nlr_source, paired.difference,
        lone.source_key is not null and lone.measure <> candidate.measure
            and candidate.measure in ('neutrophils', 'lymphocytes') as is_partner,
        lone.measure as lone_measure,
        coalesce(lone.source_key = candidate.source_key and lone.way_rank = candidate.way_rank, false) as is_lone,
        coalesce(
            lone.specimen_id = candidate.specimen_id
            or (lone.collected_at = candidate.collected_at and (lone.specimen_id is null or candidate.specimen_id is null)),
            false
        ) as is_beside_lone
    from candidate
    left join paired
        on paired.subject_id = candidate.subject_id and paired.measure = candidate.measure
        and paired.source_key = candidate.source_key and paired.way_rank = candidate.way_rank
    left join lone on lone.subject_id = candidate.subject_id
),
-- Of several that nothing else orders, what they say decides and not the file that they came in: a table and an export give one reason.
speaker as (
    from related
    qualify row_number() over (
        partition by subject_id, measure
        order by
            is_paired desc, is_lone desc, (is_partner and is_beside_lone) desc, is_settled desc, is_eligible desc,
            distance_seconds nulls last, collected_at, way_rank, reason nulls first, specimen_id, source_key
    ) = 1
),
-- Results of the same distance and time as the one that speaks: do they say the same?
tied as (
    select
        speaker.subject_id, speaker.measure,
        min(coalesce(candidate.value_op || candidate.value_text, ''))
            <> max(coalesce(candidate.value_op || candidate.value_text, '')) as is_tie_conflict
    from speaker
    join candidate
        on candidate.subject_id = speaker.subject_id and candidate.measure = speaker.measure
        and candidate.is_settled and speaker.is_settled and candidate.way_rank = speaker.way_rank
        and candidate.distance_seconds is not distinct from speaker.distance_seconds
        and candidate.collected_at is not distinct from speaker.collected_at
    group by all
)
select
    subject_id, measure, value_op, value_text, unit, source_key, part_keys, nlr_source, specimen_id, collected_at,
    days_before_start, window_state, is_same_day_unordered, anchor_at,
    case
        when is_partner and is_settled then 'not_received'
        when not is_eligible and window_state is not null then 'outside_window'
        when not is_eligible then coalesce(reason, 'outside_window')
        when is_settled and (is_pair_conflict or (not is_paired and is_tie_conflict)) then 'duplicate_conflict'
        else reason
    end as reason,
    case
        when is_partner and is_settled then format('no specimen in the window has both counts; that of day {} has only {}', -days_before_start, measure)
        when not is_eligible then
            case window_state
                when 'too_early' then format('the nearest result was drawn {} before the start', if(days_before_start = 1, '1 day', format('{} days', days_before_start)))
                when 'after_start' then format('the nearest result was drawn {} after the start', if(days_before_start = -1, '1 day', format('{} days', -days_before_start)))
                when 'after_first_dose' then 'the nearest result was drawn after the first dose'
                when 'no_start' then 'no treatment start is known'
                else coalesce(detail, 'the time of collection is not known')
            end
        when is_settled and (is_pair_conflict or (not is_paired and is_tie_conflict)) then
            coalesce(case when reason is not null then detail end, difference, 'two specimens of the same time give different values')
        else concat_ws('; ', detail, difference)
    end as detail
from speaker
left join tied using (subject_id, measure);

comment on view lab_choice is 'one row per treated subject x laboratory measure that has any result: the result that speaks for it';
comment on column lab_choice.reason is 'why it cannot count, from the closed list; null where it counts';
comment on column lab_choice.detail is 'status and versions, or the reason in words';
comment on column lab_choice.part_keys is 'file_id:line of what else the value was made of, joined by ;';
comment on column lab_choice.nlr_source is 'way to neutrophils / lymphocytes where both were found on one specimen (cbc_choice)';
