-- One row per subject: the score under the set that the site reports, of the latest night that left scores. Another plate of its draw that
-- waits for a person may make it another score: it is awaited, also where one plate answers. A rejected one is decided about.
with
latest as (from score_night),
awaited as (
    select distinct subject_id
    from draw_result
    where
        value_op is not null
        and (
            held_plates is not null
            or regexp_matches(waiting_plates, '\((pending|stale|repeat ordered|accepted|accepted with exclusions)\)')
        )
)
select
    score.subject_id::varchar as subject_id, score.cutoff_set::varchar as cutoff_set, score.score::bigint as score,
    score.score_min::bigint as score_min, score.score_max::bigint as score_max, score."group"::varchar as "group",
    score.is_certain::boolean as is_certain, score.reasons::varchar as reasons, score.marks::varchar as marks,
    score.mark_reasons::varchar as mark_reasons, score.p_high::double as p_high, score.p_high_low::double as p_high_low,
    score.p_high_high::double as p_high_high, score.p_high_basis::varchar as p_high_basis,
    awaited.subject_id is not null as is_awaited
from store.score as score
join latest using (night_id)
left join awaited using (subject_id)
where score.is_site_set
order by score.subject_id;
