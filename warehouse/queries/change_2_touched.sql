-- One row per subject that two releases both show x component x measure whose value, or what is known about its error, is another.
-- keys: what the values came from; is_by_plates: nothing but what plates of the lot differ by. $was, $now: as before.
with
was as (from store.score_input where night_id = $was),
now as (from store.score_input where night_id = $now),
pair as (
    select
        subject_id, measure,
        case when measure in ('neutrophils', 'lymphocytes') then 'nlr' else measure end as component,
        now.source_kind,
        list_filter(
            list_concat(string_split(coalesce(was.source_key, ''), ';'), string_split(coalesce(was.part_keys, ''), ';')), lambda x: x <> ''
        ) as was_keys,
        list_filter(
            list_concat(string_split(coalesce(now.source_key, ''), ';'), string_split(coalesce(now.part_keys, ''), ';')), lambda x: x <> ''
        ) as now_keys,
        (was.value_op, was.value_text, was.unit, was.reason, was.source_key, was.part_keys, was.ci_low, was.ci_high)
            is distinct from
        (now.value_op, now.value_text, now.unit, now.reason, now.source_key, now.part_keys, now.ci_low, now.ci_high) as is_another,
        was.plate_cv_pct is distinct from now.plate_cv_pct as is_by_plates
    from was
    join now using (subject_id, measure)
    where measure <> 'afp'  -- no component of the score
)
select subject_id, component, measure, source_kind, was_keys, now_keys, is_by_plates and not is_another as is_by_plates
from pair
where is_another or is_by_plates
