-- One row per clinical laboratory row of a current import: every version as sent and as converted, and why it is not used.
-- A row is used where it is the version that counts of its draw, or says the same, as a bound does of a number within it. No row that is not used is without a reason:
-- its own; that of its draw; what took it back; else that another row stands for it.
create or replace view clinical_lab as
with
imported as (select import_id, name from current_import),
lab as (from store.clinical_lab),
started as (select subject_id, started_on from subject_start),
placed as (from placed_lab),
chosen as (from lab_current),
retracted as (from retracted_lab),
-- The row that speaks for the draw of each row whose subject and analyte are known, and what it says.
stands as (
    select
        placed.file_id, placed.source_line, placed.reason as own_reason, placed.detail as own_detail, placed.is_replaced,
        chosen.reason as draw_reason, chosen.detail as draw_detail, chosen.file_id as by_file_id,
        chosen.source_line as by_source_line,
        (chosen.file_id, chosen.source_line) = (placed.file_id, placed.source_line) as is_chosen,
        chosen.value_op = placed.value_op and chosen.unit is not distinct from placed.unit
            and coalesce(
                try_cast(chosen.value_text as decimal(38, 15)) = try_cast(placed.value_text as decimal(38, 15)),
                chosen.value_text = placed.value_text
            ) as is_same,
        chosen.value_op = '=' and chosen.unit is not distinct from placed.unit
            and case placed.value_op
                when '<' then try_cast(chosen.value_text as decimal(38, 15)) < try_cast(placed.value_text as decimal(38, 15))
                when '<=' then try_cast(chosen.value_text as decimal(38, 15)) <= try_cast(placed.value_text as decimal(38, 15))
                when '>' then try_cast(chosen.value_text as decimal(38, 15)) > try_cast(placed.value_text as decimal(38, 15))
                when '>=' then try_cast(chosen.value_text as decimal(38, 15)) >= try_cast(placed.value_text as decimal(38, 15))
            end as is_bound_of,
        retracted.by_status
    from placed
    join chosen
        on chosen.subject_id = placed.subject_id and chosen.analyte = placed.analyte
        and chosen.specimen_id is not distinct from placed.specimen_id
        and chosen.collected_at is not distinct from placed.collected_at
    left join retracted on retracted.file_id = placed.file_id and retracted.source_line = placed.source_line
),
accounted as (
    select
        file_id, source_line,
        case
            when is_chosen then draw_reason
            else coalesce(
                own_reason, case when is_replaced then 'entered_in_error' end, by_status, draw_reason,
                case when not coalesce(is_same or is_bound_of, false) then 'entered_in_error' end
            )
        end as reason,
        case
            when is_chosen and draw_reason is not null then draw_detail
            when is_chosen or own_reason is not null then own_detail
            when is_replaced then 'a newer version of it was sent'
            when by_status is not null then 'its sender took it back'
            when draw_reason is not null then draw_detail
            when is_same then concat_ws('; ', own_detail, format('line {} of file {} says the same', by_source_line, left(by_file_id, 12)))
            when is_bound_of then concat_ws('; ', own_detail, format('line {} of file {} says it exactly', by_source_line, left(by_file_id, 12)))
            else format('line {} of file {} stands for it', by_source_line, left(by_file_id, 12))
        end as detail,
        is_chosen and draw_reason is null as is_current
    from stands
)
select
    lab.subject_id, lab.specimen_id, lab.code, lab.code_system, lab.analyte, lab.value_reported, lab.unit_reported,
    lab.value_op, lab.value_text, lab.unit, lab.factor_text, lab.status, lab.collected_at, lab.has_time,
    date_diff('day', started.started_on, lab.collected_at::date) as study_day, lab.resulted_at,
    lab.reference_text,
    case
        when accounted.file_id is not null then accounted.reason
        when lab.analyte is null then coalesce(lab.reason, 'assay_mismatch')
        else coalesce(lab.reason, 'identity_conflict')
    end as reason,
    case when accounted.file_id is not null then accounted.detail else lab.detail end as detail,
    lab.order_id, lab.fhir_id, lab.version, lab.updated_at, lab.site,
    coalesce(accounted.is_current, false) as is_current,
    accounted.file_id is not null and accounted.reason is null as is_used,
    lab.file_id, imported.name as file_name, lab.source_line
from lab
join imported using (import_id)
left join started on started.subject_id = lab.subject_id
left join accounted on accounted.file_id = lab.file_id and accounted.source_line = lab.source_line;

comment on view clinical_lab is 'one row per clinical laboratory row of a current import: every version as sent and as converted, and why it is not used';
comment on column clinical_lab.study_day is 'day of the collection; 0 is the day of the first dose, negative before; null where no start is known';
comment on column clinical_lab.reason is 'why the row is not used, from the closed list (assay_mismatch where its code is unknown, entered_in_error where another row replaced it); null where it is';
comment on column clinical_lab.detail is 'the reason in one sentence, quoting the offending unit or value';
comment on column clinical_lab.is_current is 'the version that counts for its specimen and analyte';
comment on column clinical_lab.is_used is 'it counts, or says the same as the version that counts';
comment on column clinical_lab.file_name is 'name of the file as dropped';
