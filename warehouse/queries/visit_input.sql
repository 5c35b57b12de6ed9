-- One row per visit but the baseline x measure: what its scores are computed from; days are counted from the real start again.
select
    visit.visit_id, visit.subject_id, visit.drawn_at, subject.cohort, subject.started_on as treatment_started_on, input.measure,
    input.value_op, input.value_text, input.unit, input.ci_low, input.ci_high, input.reason,
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(input.detail, 'drawn -1 days before the start', 'drawn 1 day after the draw'),
                    'drawn -(\d+) days before the start', 'drawn \1 days after the draw'
                ),
                '(days?) before the start', '\1 before the draw'
            ),
            '(days?) after the start', '\1 after the draw'
        ),
        'that of day (-?\d+) has', 'that of day \1 from the draw has'
    ) as detail,
    input.source_kind, input.source_key, input.specimen_id, input.collected_at,
    date_diff('day', input.collected_at::date, subject.started_on) as days_before_start,
    input.is_same_day_unordered, input.nlr_source, input.part_keys
from pbis_input as input
join scored_visit as visit on visit.visit_id = input.subject_id
join own_subject_start as subject on subject.subject_id = visit.subject_id
order by visit.visit_id, input.measure
