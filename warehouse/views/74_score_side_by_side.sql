-- One row per subject of the latest night: the group under every cut-off set, and whether the reading of the IL-2 cut matters.
-- It matters where sets that give the same NLR, CRP and IL-12 points as the site's set put the subject into different groups.
create or replace view score_side_by_side as
with
score as (from score),
site as (from score where is_site_set),
reading as (
    select
        score.subject_id,
        count(distinct score."group") > 1 as il2_reading_matters
    from score
    join site
        on site.subject_id = score.subject_id and site.nlr_point is not distinct from score.nlr_point
        and site.crp_point is not distinct from score.crp_point and site.il12_point is not distinct from score.il12_point
    group by score.subject_id
),
side_by_side as (
    select
        subject_id,
        string_agg(format('{}: {} ({}-{})', cutoff_set, "group", score_min, score_max), '; ' order by cutoff_set) as every_set,
        count(distinct "group") as group_count
    from score
    group by subject_id
)
select
    site.subject_id, site.cohort, site.cutoff_set, site.score, site.score_min, site.score_max, site."group", site.nlr_point,
    site.crp_point, site.il12_point, site.il2_point, side_by_side.every_set, side_by_side.group_count,
    coalesce(reading.il2_reading_matters, false) as il2_reading_matters
from site
join side_by_side using (subject_id)
left join reading using (subject_id);

comment on view score_side_by_side is 'one row per subject of the latest night: the group under every cut-off set';
comment on column score_side_by_side.cutoff_set is 'the set that the site reports';
comment on column score_side_by_side.every_set is 'set: group (min-max), joined by ''; ''';
comment on column score_side_by_side.group_count is 'different groups over the sets';
comment on column score_side_by_side.il2_reading_matters is 'the group depends on how the IL-2 cut-off is read';
