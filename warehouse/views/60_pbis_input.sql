-- One row per subject x measure, always all six: the value that the score takes, or the precise reason for none.
create or replace view pbis_input as
with
subject as (from subject_start),
assay as (from assay_input),
lab as (from lab_choice),
setting as (select window_days from score_setting),
lab_measure as (from lab_for_score),
sent as (from sent_lab),
-- Results whose record number may be the subject's: without one of its own, that is why it has none.
claimed as (from claimed_lab),
from_lab as (
    select
        subject.subject_id, lab_measure.measure,
        case
            when subject.reason is not null then subject.reason
            when lab.measure is null and claimed.measure is not null then 'identity_conflict'
            when lab.measure is null then 'not_ordered'
            else lab.reason
        end as reason,
        case
            when subject.reason is not null then subject.detail
            when lab.measure is null and claimed.measure is not null
                then 'the linkage table does not say whose record number a result bears'
            when lab.measure is null and sent.row_count is not null then format(
                'none of the {} of the subject is known to be {}; sent: {}',
                if(sent.row_count = 1, 'one result', sent.row_count || ' results'), lab_measure.measure, sent.words
            )
            when lab.measure is null then 'no result of the subject was sent'
            when lab.reason is not null then lab.detail
            else concat_ws(
                ', ',
                lab.detail,
                format('drawn {} before the start', if(lab.days_before_start = 1, '1 day', format('{} days', lab.days_before_start))),
                case
                    when lab.anchor_at is null then 'nearest to the start'
                    else 'nearest to the cytokine draw'
                end
            )
        end as detail,
        lab.value_op, lab.value_text, lab.unit, lab.source_key, lab.part_keys, lab.nlr_source, lab.specimen_id, lab.collected_at, lab.days_before_start,
        coalesce(lab.is_same_day_unordered, false) as is_same_day_unordered
    from subject
    cross join lab_measure
    left join lab on lab.subject_id = subject.subject_id and lab.measure = lab_measure.measure
    left join claimed on claimed.subject_id = subject.subject_id and claimed.measure = lab_measure.measure
    left join sent on sent.subject_id = subject.subject_id
),
chosen as (
    select
        subject_id, measure, value_op, value_text, unit, null::double as ci_low, null::double as ci_high, reason, detail,
        'lab' as source_kind, source_key, part_keys, nlr_source, specimen_id, collected_at, days_before_start, is_same_day_unordered
    from from_lab
    union all
    select
        subject_id, measure, value_op, value_text, unit, ci_low, ci_high, reason, detail,
        'assay' as source_kind, source_key, null as part_keys, null as nlr_source, specimen_id, collected_at, days_before_start, is_same_day_unordered
    from assay
)
select
    subject.subject_id, subject.cohort, subject.started_on as treatment_started_on, chosen.measure,
    case when chosen.reason is null then chosen.value_op end as value_op,
    case when chosen.reason is null then chosen.value_text end as value_text,
    chosen.unit,
    case when chosen.reason is null then chosen.ci_low end as ci_low,
    case when chosen.reason is null then chosen.ci_high end as ci_high,
    chosen.reason,
    concat(
        chosen.detail,
        case when chosen.is_same_day_unordered then '; drawn on the day of the first dose, order unknown' else '' end,
        case
            when subject.start_count > 1 and subject.line_number = 1 then format('; first of {} treatment starts', subject.start_count)
            when subject.start_count > 1 then format('; start of {}, number {} of {} treatment starts', subject.regimen, subject.line_number, subject.start_count)
            else ''
        end
    ) as detail,
    chosen.source_kind, chosen.source_key, chosen.specimen_id, chosen.collected_at, chosen.days_before_start,
    chosen.is_same_day_unordered, chosen.nlr_source, chosen.part_keys
from chosen
join subject using (subject_id);

comment on view pbis_input is 'one row per subject x measure, always all six: the value that the score takes, or the precise reason for none';
comment on column pbis_input.treatment_started_on is 'treatment start';
comment on column pbis_input.measure is 'neutrophils, lymphocytes, crp, il12, il2 or afp';
comment on column pbis_input.value_op is '=, <, <=, > or >=; null where there is a reason';
comment on column pbis_input.value_text is 'decimal text in unit; null where there is a reason';
comment on column pbis_input.unit is 'unit of value_text';
comment on column pbis_input.ci_low is '95 % CI in unit, assay measures only';
comment on column pbis_input.ci_high is 'upper end';
comment on column pbis_input.reason is 'why there is no usable value, from the closed list; null where there is one';
comment on column pbis_input.detail is 'how the value was chosen, or why there is none, in one sentence';
comment on column pbis_input.source_kind is 'lab or assay';
comment on column pbis_input.source_key is 'file_id:line of a lab, assay_id:plate_number:wells:analyte of an assay';
comment on column pbis_input.collected_at is 'collection of the specimen, site wall time';
comment on column pbis_input.specimen_id is 'specimen of the value';
comment on column pbis_input.nlr_source is 'way to neutrophils / lymphocytes: counts, wbc_x_percent or percent, after manual_ or segs_bands_ where not automated; null on other measures';
comment on column pbis_input.part_keys is 'file_id:line of what else the value was made of (band forms, leukocytes), joined by ;';
