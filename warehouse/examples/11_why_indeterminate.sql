-- Why are scores indeterminate?
-- component VARCHAR, reason VARCHAR, subjects BIGINT, near_a_cut BIGINT
-- A subject with two reasons counts twice.
with
open_score as (
    select subject_id, is_near_cut, unnest(string_split(reasons, '; ')) as said
    from score
    where is_site_set and pbis_group = 'indeterminate' and reasons is not null
)
select
    split_part(said, ': ', 1) as component,
    split_part(said, ': ', 2) as reason,
    count(*) as subjects,
    count(*) filter (is_near_cut) as near_a_cut
from open_score
group by all
order by subjects desc, component, reason;
