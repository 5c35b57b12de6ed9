-- One row per preliminary laboratory row that a later word of its sender made final: HL7 status U sends no value again.
-- The word names the result by patient, order number, code and collection, and means the latest preliminary result that came before
-- it, in whatever file and on whatever night; a final result of the order stands beside it as any other version does.
create or replace view made_final_lab as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
word as (
    select lab.*
    from lab
    join imported using (import_id)
    where lab.status = 'now_final' and lab.subject_id is not null and lab.order_id is not null and lab.code is not null
),
preliminary as (
    select lab.*
    from lab
    join imported using (import_id)
    where lab.status = 'preliminary' and lab.reason = 'preliminary_only' and lab.value_text is not null
        and lab.collected_at is not null
),
pair as (
    select
        preliminary.file_id, preliminary.source_line, preliminary.resulted_at, word.file_id as by_file_id,
        word.source_line as by_source_line
    from preliminary
    join word
        on word.subject_id = preliminary.subject_id and word.order_id = preliminary.order_id and word.code = preliminary.code
        and word.collected_at is not distinct from preliminary.collected_at
    -- a day alone is no midnight, but any time of it
    where coalesce(
        preliminary.resulted_at <= word.resulted_at
        or (word.resulted_at = date_trunc('day', word.resulted_at) and preliminary.resulted_at::date = word.resulted_at::date),
        true
    )
),
meant as (
    from pair
    qualify rank() over (partition by by_file_id, by_source_line order by resulted_at desc nulls last) = 1
)
select file_id, source_line, by_file_id, by_source_line
from meant
qualify row_number() over (partition by file_id, source_line order by by_file_id, by_source_line) = 1;

comment on view made_final_lab is 'one row per preliminary laboratory row that a later word of its sender made final';
comment on column made_final_lab.by_file_id is 'file of the word';
comment on column made_final_lab.by_source_line is 'line of the word';
