-- One row per plate of a run that is held: not reportable until a person decides which of its twins is right, or whether what was said of an earlier
-- export of it holds for this one.
create or replace view held_plate as
with
twin as (from twin),
run as (from current_run),
named as (
    select
        run.run_id, run.night_id, run.file_name, run.crc_state,
        coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as batch,
        case run.crc_state
            when 'match' then 'its checksum is right'
            when 'mismatch' then 'its checksum is broken: the file was changed after its export'
            when 'not_judged' then 'its checksum cannot be judged'
            else 'it has no checksum'
        end as checksum
    from run
),
-- Every plate of the question, itself included.
party as (
    select run_id, plate_number, run_id as party_run_id, plate_number as party_plate_number from twin
    union
    select run_id, plate_number, twin_run_id, twin_plate_number from twin
),
told as (
    select
        party.run_id, party.plate_number, party.party_run_id, party.party_plate_number, named.crc_state, named.night_id,
        party.party_run_id = party.run_id and party.party_plate_number = party.plate_number as is_own,
        named.batch || case when party.party_plate_number > 1 then '/' || party.party_plate_number else '' end as plate,
        format(
            '{} (file {}, {} of night {}, {})', plate, named.file_name, left(party.party_run_id, 12), named.night_id,
            named.checksum
        ) as words
    from party
    join named on named.run_id = party.party_run_id
),
question as (
    select
        run_id, plate_number,
        count(*) - 1 as twin_count,
        string_agg(words, '; and ' order by night_id, words) filter (not is_own) as twins,
        min(words) filter (is_own) as own,
        min(plate) filter (is_own) as plate,
        case when count(*) filter (crc_state = 'match') = 1 then min(party_run_id) filter (crc_state = 'match') end
            as likelier_run_id,
        case when count(*) filter (crc_state = 'match') = 1
            then min(plate || ' (file of run ' || left(party_run_id, 12) || ')') filter (crc_state = 'match') end as likelier
    from told
    group by run_id, plate_number
),
kind as (
    select run_id, plate_number, bool_and(is_same_plate) as is_same_plate
    from twin
    group by run_id, plate_number
)
select
    question.run_id, question.plate_number, question.plate, named.file_name, named.night_id, named.crc_state,
    question.twin_count, question.twins, question.likelier_run_id,
    concat(
        question.own, ' is held until a person decides: ',
        case
            when kind.is_same_plate then 'another export of this plate puts its samples beside other readings: '
            else 'the same readings are in another file under another name, and a plate is read once: '
        end,
        question.twins, '. ',
        case
            when question.likelier is null then 'The checksums do not tell which is the original.'
            else 'By the checksums ' || question.likelier || ' is the likelier original.'
        end
    ) as sentence,
    null::bigint as decided_by
from question
join kind using (run_id, plate_number)
join named using (run_id)
union all
select
    kept.run_id, kept.plate_number, named.batch || case when kept.plate_number > 1 then '/' || kept.plate_number else '' end,
    named.file_name, named.night_id, named.crc_state, 0, null, null,
    concat(
        named.batch, ' (file ', named.file_name, ', ', left(kept.run_id, 12), ') is held until a person decides: ',
        case kept.kind
            when 'exclude' then 'something of an earlier export of it was excluded'
            when 'reject' then 'an earlier export of it was rejected'
            else 'an earlier export of it was ordered to be run again'
        end, ' (decision ', kept.decided_by, '), and this one has other readings.'
    ),
    kept.decided_by
from kept_back_plate as kept
join named using (run_id)
anti join question using (run_id, plate_number);

comment on view held_plate is 'one row per plate of a run that is held: not reportable until a person decides which of its twins is right, or whether what was said of an earlier export holds';
comment on column held_plate.plate is 'plate name: the batch, with /n where a batch holds several plates';
comment on column held_plate.plate_number is 'plate within the batch, from 1';
comment on column held_plate.night_id is 'night that loaded the run';
comment on column held_plate.twin_count is 'other plates of the question';
comment on column held_plate.twins is 'the other plates: name, file, run, night and checksum';
comment on column held_plate.likelier_run_id is 'run whose checksum alone is right; null where the checksums do not tell';
comment on column held_plate.sentence is 'why it is held, in words';
comment on column held_plate.decided_by is 'sequence of the decision about an earlier export that holds it; null where twins do';
