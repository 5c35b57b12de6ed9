-- One row per treated subject x laboratory measure that has any result: the result that speaks for it.
-- CRP and AFP: nearest to the cytokine draw in the window, ties earlier. Counts: the specimen that has both; where none has,
-- the nearest count stands and its partner gives the reason. A result that cannot count speaks only where none can.
create or replace view lab_choice as
with
candidate as (from lab_candidate),
cbc as (from cbc_choice),
paired as (
    select subject_id, 'neutrophils' as measure, neutrophils_key as source_key, is_conflict from cbc
    union all
    select subject_id, 'lymphocytes' as measure, lymphocytes_key as source_key, is_conflict from cbc
),
-- Of two counts that never meet on one specimen, one is shown; neutrophils where both could be.
lone as (
    select subject_id, measure, specimen_id, collected_at, source_key
    from candidate
    anti join cbc using (subject_id)
    where measure in ('neutrophils', 'lymphocytes') and is_settled
    qualify row_number() over (
        partition by subject_id order by measure desc, distance_seconds, collected_at, source_key
    ) = 1
),
related as (
    select
        candidate.*,
        paired.source_key is not null as is_paired,
        coalesce(paired.is_conflict, false) as is_pair_conflict,
        lone.source_key is not null and lone.measure <> candidate.measure
            and candidate.measure in ('neutrophils', 'lymphocytes') as is_partner,
        lone.measure as lone_measure,
        coalesce(lone.source_key = candidate.source_key, false) as is_lone,
        coalesce(
            lone.specimen_id = candidate.specimen_id
            or (lone.collected_at = candidate.collected_at and (lone.specimen_id is null or candidate.specimen_id is null)),
            false
        ) as is_beside_lone
    from candidate
    left join paired
        on paired.subject_id = candidate.subject_id and paired.measure = candidate.measure
        and paired.source_key = candidate.source_key
    left join lone on lone.subject_id = candidate.subject_id
),
ranked as (
    select
        *,
        row_number() over speaker as place,
        min(coalesce(value_op || value_text, '')) over rival <> max(coalesce(value_op || value_text, '')) over rival
            as is_tie_conflict
    from related
    window
        speaker as (
            partition by subject_id, measure
            order by
                is_paired desc, is_lone desc, (is_partner and is_beside_lone) desc, is_settled desc, is_eligible desc,
                distance_seconds nulls last, collected_at, source_key
        ),
        rival as (partition by subject_id, measure, is_settled, distance_seconds, collected_at)
)
select
    subject_id, measure, value_op, value_text, unit, source_key, specimen_id, collected_at, days_before_start,
    window_state, is_same_day_unordered, anchor_at,
    case
        when is_partner and is_settled then 'not_received'
        when not is_eligible and window_state is not null then 'outside_window'
        when not is_eligible then coalesce(reason, 'outside_window')
        when is_settled and (is_pair_conflict or (not is_paired and is_tie_conflict)) then 'duplicate_conflict'
        else reason
    end as reason,
    case
        when is_partner and is_settled then format('no specimen in the window has both counts; {} has only {}', coalesce(specimen_id, collected_at::varchar), measure)
        when not is_eligible then
            case window_state
                when 'too_early' then format('the nearest result was drawn {} days before the start', days_before_start)
                when 'after_start' then format('the nearest result was drawn {} days after the start', -days_before_start)
                when 'after_first_dose' then 'the nearest result was drawn after the first dose'
                when 'no_start' then 'no treatment start is known'
                else coalesce(detail, 'the time of collection is not known')
            end
        when is_settled and (is_pair_conflict or (not is_paired and is_tie_conflict)) then
            coalesce(case when reason is not null then detail end, 'two specimens of the same time give different values')
        else detail
    end as detail
from ranked
where place = 1;

comment on view lab_choice is 'one row per treated subject x laboratory measure that has any result: the result that speaks for it';
comment on column lab_choice.reason is 'why it cannot count, from the closed list; null where it counts';
comment on column lab_choice.detail is 'status and versions, or the reason in words';
