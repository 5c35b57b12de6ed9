-- One row per subject x laboratory analyte x specimen x collection time: the version that counts, or why none does.
-- Rule 4: a cancellation or an entry in error retracts its result whatever the time says, but a correction that was issued later;
-- preliminary results never count; corrected goes over final, then the latest issue; identical values collapse, and a bound gives way
-- to a number within it; different ones are a duplicate_conflict, and so is a correction that fits none of them (stray_lab).
-- Two LOINC codes of one draw are two tests (CRP and high sensitivity CRP), and neither is a version of the other, whichever was
-- issued later: where the latest of each differ, that is a duplicate_conflict, too. One whose latest word is that there is no value
-- (qns, not performed) says nothing of the value of the other.
-- A day alone is no midnight: it orders nothing that was issued on that day.
-- A correction of the collection time takes the earlier versions of its result along (placed_lab), from whatever file; what a
-- retraction names by id, order or accession never counts, whatever its time (retracted_lab); nor does an older version of a FHIR id.
-- Of two results with FHIR ids on one draw, or with order numbers, the retraction of one says nothing about the other.
-- Most draws have one version, so only the others are compared with each other: comparing costs ten times as much.
create or replace view lab_current as
with
placed as (from placed_lab),
retracted as (from retracted_lab),
stray as (from stray_lab),
version as (
    select
        placed.*, retracted.by_status, retracted.by_file_id, retracted.by_source_line,
        hash(placed.subject_id, placed.analyte, placed.specimen_id, placed.collected_at) as draw_hash
    from placed
    left join retracted on retracted.file_id = placed.file_id and retracted.source_line = placed.source_line
),
-- Draws whose hashes collide are told apart below; they only take the longer way.
repeated as (
    select draw_hash
    from version
    group by draw_hash
    having count(*) > 1
),
rival as (
    select
        *,
        coalesce(try_cast(value_text as decimal(38, 15))::varchar, value_text) as comparable,
        coalesce(order_id <> fhir_id, order_id is not null) as has_order,
        status in ('cancelled', 'entered_in_error') as is_retraction,
        coalesce(
            resulted_at + case when resulted_at = date_trunc('day', resulted_at) then interval 1 day - interval 1 microsecond else interval 0 day end,
            'infinity'::timestamp
        ) as issued_at,
        case when regexp_full_match(code, '[0-9]{1,7}-[0-9]') then code end as loinc,
        count(*) over draw as version_count
    from version
    semi join repeated using (draw_hash)
    window draw as (partition by subject_id, analyte, specimen_id, collected_at)
),
-- The latest retraction of the draw that may mean the row: one that has a number or id of another kind, or none, and no other LOINC code.
retracting as (from rival where is_retraction),
withdrawn as (
    select rival.file_id, rival.source_line, max(retracting.issued_at) as retracted_at
    from rival
    join retracting
        on retracting.draw_hash = rival.draw_hash and retracting.subject_id = rival.subject_id
        and retracting.analyte = rival.analyte and retracting.specimen_id is not distinct from rival.specimen_id
        and retracting.collected_at is not distinct from rival.collected_at
    where
        coalesce(retracting.loinc = rival.loinc, true)
        and (not retracting.has_order or not rival.has_order)
        and (retracting.fhir_id is null or rival.fhir_id is null)
    group by all
),
retractable as (
    select rival.*, withdrawn.retracted_at
    from rival
    left join withdrawn on withdrawn.file_id = rival.file_id and withdrawn.source_line = rival.source_line
),
standing as (
    select
        *,
        case
            when status in ('cancelled', 'entered_in_error') then 4
            when is_replaced then 6
            when by_status is not null then 5
            when retracted_at is not null and not (status = 'corrected' and coalesce(resulted_at > retracted_at, false)) then 5
            when status in ('preliminary', 'now_final') then 3
            when status = 'final' then 2
            else 1
        end as standing
    from retractable
),
-- A day alone may be any time of the day, so it stands beside the latest that was said on it.
dated as (
    select
        *,
        if(resulted_at = date_trunc('day', resulted_at), max(resulted_at) over of_draw, resulted_at) as said_at,
        if(resulted_at = date_trunc('day', resulted_at), max(resulted_at) over of_test, resulted_at) as said_at_of_test
    from standing
    window
        of_draw as (partition by subject_id, analyte, specimen_id, collected_at, standing, resulted_at::date),
        of_test as (partition by subject_id, analyte, specimen_id, collected_at, standing, resulted_at::date, loinc)
),
-- A number within a bound that was said with it, or of another code of the draw (CRP <5 beside high sensitivity CRP 1.3), says the same
-- more exactly: the bound gives way.
measured as (
    select
        *,
        try_cast(value_text as decimal(38, 15)) as number,
        case when min(code) over beside <> max(code) over beside
            then min(number) filter (reason is null and value_op = '=') over beside
            else min(number) filter (reason is null and value_op = '=') over at_once
        end as lowest,
        case when min(code) over beside <> max(code) over beside
            then max(number) filter (reason is null and value_op = '=') over beside
            else max(number) filter (reason is null and value_op = '=') over at_once
        end as highest
    from dated
    window
        beside as (partition by subject_id, analyte, specimen_id, collected_at, standing, unit),
        at_once as (partition by subject_id, analyte, specimen_id, collected_at, standing, unit, said_at)
),
exact as (
    select * exclude (number, lowest, highest)
    from measured
    where not coalesce(
        reason is null
        and case value_op
            when '<' then lowest < number
            when '<=' then lowest <= number
            when '>' then highest > number
            when '>=' then highest >= number
        end,
        false
    )
),
placed_in_test as (
    select
        *,
        rank() over (
            partition by subject_id, analyte, specimen_id, collected_at, loinc
            order by standing, said_at_of_test desc nulls last
        ) as place_of_test
    from exact
),
-- Does the latest word of a test say that there is no value, and is there another test of the draw whose latest word is one?
answering as (
    select
        *,
        loinc is not null and coalesce(
            bool_and(coalesce(reason in ('not_received', 'not_ordered', 'qns', 'cancelled'), false)) filter (place_of_test = 1) over test, false
        ) as is_silent,
        coalesce(bool_or(loinc is not null and standing <= 2 and reason is null) filter (place_of_test = 1) over draw, false) as is_answered
    from placed_in_test
    window
        test as (partition by subject_id, analyte, specimen_id, collected_at, loinc),
        draw as (partition by subject_id, analyte, specimen_id, collected_at)
),
ranked as (
    select
        *,
        rank() over (
            partition by subject_id, analyte, specimen_id, collected_at
            order by standing, said_at desc nulls last
        ) as place
    from answering
    where not (is_silent and is_answered)
),
tested as (
    select
        *,
        reason is null and loinc is not null and standing <= 2 as is_of_test,
        count(distinct value_op || ' ' || comparable || ' ' || coalesce(unit, '')) filter (is_of_test and place_of_test = 1)
            over draw as test_value_count,
        min(loinc) filter (is_of_test and place_of_test = 1) over draw as first_test,
        max(loinc) filter (is_of_test and place_of_test = 1) over draw as last_test
    from ranked
    window draw as (partition by subject_id, analyte, specimen_id, collected_at)
),
settled as (
    select
        *,
        count(distinct value_op || ' ' || comparable || ' ' || coalesce(unit, '')) filter (reason is null)
            over (partition by subject_id, analyte, specimen_id, collected_at) as value_count
    from tested
    where place = 1
),
chosen as (
    select *, is_of_test and value_count = 1 and test_value_count > 1 as is_of_two_tests
    from settled
    qualify row_number() over (
        partition by subject_id, analyte, specimen_id, collected_at
        order by reason nulls first, file_id, source_line
    ) = 1
),
lone as (
    from version
    anti join repeated using (draw_hash)
),
judged as (
    select
        *,
        case
            when standing = 3 then 'preliminary_only'
            when standing = 6 then 'entered_in_error'
            when standing >= 4 then coalesce(by_status, status)
            when value_count > 1 or is_disputed or is_of_two_tests then 'duplicate_conflict'
            else reason
        end as verdict
    from chosen
    union all by name
    select
        *, 1 as version_count, 1 as value_count,
        case
            when status in ('cancelled', 'entered_in_error') then status
            when is_replaced then 'entered_in_error'
            when by_status is not null then by_status
            when status in ('preliminary', 'now_final') then 'preliminary_only'
            when is_disputed then 'duplicate_conflict'
            else reason
        end as verdict
    from lone
),
-- Asked last, of the few that would count.
told as (
    select
        judged.* replace (case when verdict is null and stray.words is not null then 'duplicate_conflict' else verdict end as verdict),
        stray.words
    from judged
    left join stray on stray.file_id = judged.file_id and stray.source_line = judged.source_line
)
select
    subject_id, analyte, specimen_id, collected_at, has_time,
    case when verdict is null then value_op end as value_op,
    case when verdict is null then value_text end as value_text,
    unit, status, resulted_at, verdict as reason,
    case
        when verdict = 'preliminary_only' and (detail like 'status %' or detail like 'no status %') then detail
        when verdict = 'preliminary_only' then 'only a preliminary result was issued'
        when verdict = 'identity_conflict' and by_file_id is not null then
            format('line {} of file {} deletes it, and results of several patients bear that id', by_source_line, left(by_file_id, 12))
        when is_replaced then 'a newer version of it is of another test'
        when verdict in ('cancelled', 'entered_in_error') and by_file_id is not null then
            format('the result was {}, by line {} of file {}', replace(verdict, '_', ' '), by_source_line, left(by_file_id, 12))
        when verdict = 'cancelled' then 'the result was cancelled'
        when verdict = 'entered_in_error' then 'the result was entered in error'
        when verdict = 'duplicate_conflict' and words is not null and value_count <= 1 and not is_disputed then words
        when verdict = 'duplicate_conflict' and is_disputed then 'versions of one result that nothing orders differ in value or in time of collection'
        when verdict = 'duplicate_conflict' and is_of_two_tests
            then format('two tests of the draw, {} and {}, give different values', first_test, last_test)
        when verdict = 'duplicate_conflict' then format('{} different values of the same standing', value_count)
        when verdict = 'not_received' then coalesce(detail, 'the result has no value')
        when verdict is not null then detail
        when version_count > 1 and is_moved then format('{}, one of {} versions; a {} moved its collection', status, version_count, if(status = 'corrected', 'correction', 'newer version'))
        when version_count > 1 then format('{}, one of {} versions', status, version_count)
        else status
    end as detail,
    version_count, file_id, source_line
from told;

comment on view lab_current is 'one row per subject x laboratory analyte x specimen x collection time: the version that counts, or why none does';
comment on column lab_current.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column lab_current.specimen_id is 'accession or barcode that ties analytes of one draw together';
comment on column lab_current.value_op is '=, <, <=, > or >=; null where there is a reason';
comment on column lab_current.value_text is 'value as decimal text in unit, exact; null where there is a reason';
comment on column lab_current.reason is 'why no version counts, from the closed list; null where one does';
comment on column lab_current.detail is 'status and number of versions, or the reason in words';
comment on column lab_current.version_count is 'versions that were sent';
