-- One row per subject of whom a laboratory result came: what was sent of it, for the sentence about a measure that nothing is known of.
-- A code that nobody mapped may be anything, also a name: it is called by kind and hash here and in every release; lab_unmapped has
-- its words, on the machine of the laboratory alone.
create or replace view sent_lab as
with
imported as (select import_id from current_import),
lab as (from store.clinical_lab),
sent as (
    select
        lab.subject_id, lab.analyte, lab.reason,
        case
            when regexp_full_match(lab.code, 'code-[0-9a-f]{12}') then lab.code
            else 'code-' || left(sha256(left(coalesce(lab.code, ''), 60)), 12)
        end as called
    from lab
    join imported using (import_id)
    where lab.subject_id is not null
),
unknown_code as (
    select subject_id, called, count(*) as row_count
    from sent
    where analyte is null and reason is distinct from 'assay_mismatch'
    group by all
),
unknown as (
    select
        subject_id, sum(row_count)::bigint as row_count, count(*) as code_count,
        string_agg(called, ', ' order by row_count desc, called) filter (place <= 5) as calls
    from (
        select *, row_number() over (partition by subject_id order by row_count desc, called) as place
        from unknown_code
    )
    group by subject_id
),
counted as (
    select
        subject_id, count(*) as row_count,
        string_agg(distinct analyte, ', ' order by analyte) as analytes,
        count(*) filter (analyte is null and reason = 'assay_mismatch') as refused_count
    from sent
    group by subject_id
)
select
    counted.subject_id, counted.row_count,
    concat_ws(
        '; ',
        case when counted.analytes is not null then 'of ' || counted.analytes end,
        case
            when unknown.row_count is not null then format(
                '{} under {} that the labs map does not know ({}{})', unknown.row_count,
                if(unknown.code_count = 1, 'a code', unknown.code_count || ' codes'), unknown.calls,
                if(unknown.code_count > 5, ', ...', '')
            )
        end,
        case when counted.refused_count > 0 then format('{} of tests that are not those of the score', counted.refused_count) end
    ) as words
from counted
left join unknown using (subject_id);

comment on view sent_lab is 'one row per subject of whom a laboratory result came: what was sent';
comment on column sent_lab.row_count is 'laboratory rows of the subject, used or not';
comment on column sent_lab.words is 'of which tests, and under which codes that nobody mapped, by kind and hash';
