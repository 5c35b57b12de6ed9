-- One row per laboratory row of a correction that fits no result that was sent, beside another result of the same test; and one per
-- such other result. Which of them the correction means is not said, so neither counts where their values differ.
-- A correction fits by FHIR id, by number and code, or by its draw. One that is the only result of its test counts: many laboratories
-- send only that. Another result is one that stands, of the same specimen or the same day; two such corrections are two results.
create or replace view stray_lab as
with
placed as (from placed_lab),
retracted as (from retracted_lab),
correction as (from placed where status = 'corrected'),
beside as (
    select subject_id, analyte, specimen_id, collected_at
    from placed
    semi join correction using (subject_id, analyte)
    where status <> 'corrected'
),
-- Nearly every correction fits its draw, and nothing of those patients needs a look.
corrected as (
    from correction
    anti join beside
        on beside.subject_id = correction.subject_id and beside.analyte = correction.analyte
        and beside.specimen_id is not distinct from correction.specimen_id
        and beside.collected_at is not distinct from correction.collected_at
),
rival as (
    select placed.*, coalesce(try_cast(value_text as decimal(38, 15))::varchar, value_text) as comparable
    from placed
    semi join corrected using (subject_id, analyte)
),
fitting as (
    select corrected.file_id, corrected.source_line
    from corrected
    join rival
        on rival.subject_id = corrected.subject_id and rival.analyte = corrected.analyte and rival.status <> 'corrected'
    where
        rival.fhir_id = corrected.fhir_id
        or (rival.result_key = corrected.result_key and rival.code = corrected.code)
),
standing as (
    from rival
    anti join retracted on retracted.file_id = rival.file_id and retracted.source_line = rival.source_line
    where rival.reason is null and not rival.is_replaced and rival.status in ('final', 'corrected')
),
stray as (
    from standing
    semi join corrected on corrected.file_id = standing.file_id and corrected.source_line = standing.source_line
    anti join fitting on fitting.file_id = standing.file_id and fitting.source_line = standing.source_line
),
other as (
    from standing
    anti join stray on stray.file_id = standing.file_id and stray.source_line = standing.source_line
),
pair as (
    select
        stray.file_id, stray.source_line, other.file_id as other_file_id, other.source_line as other_source_line,
        case when stray.specimen_id = other.specimen_id then 'of the specimen' else 'of the day' end as same_place
    from stray
    join other
        on other.subject_id = stray.subject_id and other.analyte = stray.analyte
    where
        (other.specimen_id = stray.specimen_id or other.collected_at::date = stray.collected_at::date)
        and (other.value_op || other.comparable || coalesce(other.unit, ''))
            is distinct from (stray.value_op || stray.comparable || coalesce(stray.unit, ''))
),
told as (
    select
        file_id, source_line,
        format(
            'a correction that fits no result that was sent, beside another result {} in line {} of file {}',
            same_place, other_source_line, left(other_file_id, 12)
        ) as words,
        other_file_id as by_file_id, other_source_line as by_source_line
    from pair
    union all
    select
        other_file_id as file_id, other_source_line as source_line,
        format(
            'a correction {} in line {} of file {} fits no result that was sent and may mean this one',
            same_place, source_line, left(file_id, 12)
        ) as words,
        file_id as by_file_id, source_line as by_source_line
    from pair
)
select file_id, source_line, words
from told
qualify row_number() over (partition by file_id, source_line order by by_file_id, by_source_line) = 1;

comment on view stray_lab is 'one row per laboratory row of a correction that fits no result that was sent beside another result of the same test, and one per such other result';
comment on column stray_lab.words is 'what is in doubt, in one sentence';
