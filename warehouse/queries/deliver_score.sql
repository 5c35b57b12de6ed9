-- One row per subject: the score under the set that the site reports, of the latest night that left scores.
with
latest as (from score_night)
select
    score.subject_id::varchar as subject_id, score.cutoff_set::varchar as cutoff_set, score.score::bigint as score,
    score.score_min::bigint as score_min, score.score_max::bigint as score_max, score."group"::varchar as "group",
    score.is_certain::boolean as is_certain, score.reasons::varchar as reasons, score.marks::varchar as marks,
    score.mark_reasons::varchar as mark_reasons, score.p_high::double as p_high, score.p_high_low::double as p_high_low,
    score.p_high_high::double as p_high_high, score.p_high_basis::varchar as p_high_basis
from store.score as score
join latest using (night_id)
where score.is_site_set
order by score.subject_id;
