-- One row per treated subject with both counts on one specimen in the window: the nearest such specimen.
-- Rule 3: both counts from one specimen (the same accession, else the same collection time); nearest to the cytokine draw,
-- ties earlier. Two specimens of the same time that disagree are a conflict. Of one specimen: automated before manual, then
-- counts, leukocytes x percentage, percentages; two ways of one method that are farther apart than the suite allows (rule
-- lab_count_percent) are a conflict too, and less than that is said. So is it where the two cells are together more than the
-- leukocytes that they are of: a hundred percent, or the count of the same draw.
create or replace view cbc_choice as
with
candidate as (from lab_candidate where is_settled),
neutrophils as (from candidate where measure = 'neutrophils'),
lymphocytes as (from candidate where measure = 'lymphocytes'),
setting as (select nlr_differs_pct, nlr_contradicts_pct from score_setting),
pair as (
    select
        neutrophils.subject_id,
        neutrophils.source_key as neutrophils_key, neutrophils.way_rank as neutrophils_way,
        lymphocytes.source_key as lymphocytes_key, lymphocytes.way_rank as lymphocytes_way,
        neutrophils.specimen_id is not distinct from lymphocytes.specimen_id as is_one_specimen,
        neutrophils.specimen_id,
        greatest(neutrophils.method_rank, lymphocytes.method_rank) as method_rank,
        case
            when neutrophils.dimension = lymphocytes.dimension then neutrophils.dimension
            else 'wbc_x_percent'
        end as dimension,
        greatest(neutrophils.distance_seconds, lymphocytes.distance_seconds) as distance_seconds,
        least(neutrophils.collected_at, lymphocytes.collected_at) as collected_at,
        concat_ws(' ', neutrophils.value_op, neutrophils.value_text, lymphocytes.value_op, lymphocytes.value_text) as counts,
        case
            when neutrophils.value_op = '=' and lymphocytes.value_op = '='
                then neutrophils.value_text::double / nullif(lymphocytes.value_text::double, 0)
        end as nlr,
        case
            when neutrophils.value_op = '=' and lymphocytes.value_op = '='
                then neutrophils.value_text::double + lymphocytes.value_text::double
        end as together,
        coalesce(neutrophils.leukocytes, lymphocytes.leukocytes) as leukocytes
    from neutrophils
    join lymphocytes
        on lymphocytes.subject_id = neutrophils.subject_id
        and (lymphocytes.dimension = 'percent') = (neutrophils.dimension = 'percent')
        and (
            lymphocytes.specimen_id = neutrophils.specimen_id
            or (
                lymphocytes.collected_at = neutrophils.collected_at
                and (lymphocytes.specimen_id is null or neutrophils.specimen_id is null
                    or (lymphocytes.has_time and neutrophils.has_time))
            )
        )
),
nearest as (
    from pair
    qualify rank() over (
        partition by subject_id order by distance_seconds, collected_at, is_one_specimen desc
    ) = 1
),
preferred as (
    from nearest
    qualify rank() over (
        partition by subject_id
        order by method_rank, case dimension when 'counts' then 0 when 'wbc_x_percent' then 1 else 2 end,
            neutrophils_way + lymphocytes_way
    ) = 1
),
chosen as (
    from preferred
    select
        *,
        count(*) over (partition by subject_id) as rival_count,
        min(counts) over (partition by subject_id) <> max(counts) over (partition by subject_id) as is_conflict
    qualify row_number() over (partition by subject_id order by neutrophils_key, lymphocytes_key) = 1
),
-- The same ratio by another way of the same method: how far apart are they, and which says what?
compared as (
    select
        chosen.subject_id,
        max(100 * abs(other.nlr - chosen.nlr) / chosen.nlr) as difference_pct,
        arg_max(other.nlr, abs(other.nlr - chosen.nlr)) as other_nlr,
        arg_max(other.dimension, abs(other.nlr - chosen.nlr)) as other_dimension
    from chosen
    join nearest as other
        on other.subject_id = chosen.subject_id and other.method_rank = chosen.method_rank
        and other.specimen_id is not distinct from chosen.specimen_id and other.dimension <> chosen.dimension
    where chosen.nlr > 0 and other.nlr is not null
    group by chosen.subject_id
),
weighed as (
    select subject_id, 100 * together / nullif(if(dimension = 'percent', 100, leukocytes), 0) as share_pct
    from chosen
)
select
    chosen.subject_id, chosen.neutrophils_key, chosen.neutrophils_way, chosen.lymphocytes_key, chosen.lymphocytes_way,
    case chosen.method_rank when 0 then '' when 1 then 'manual_' else 'segs_bands_' end || chosen.dimension as nlr_source,
    chosen.distance_seconds, chosen.collected_at, chosen.rival_count,
    chosen.is_conflict or coalesce(compared.difference_pct > setting.nlr_contradicts_pct, false)
        or coalesce(weighed.share_pct > 100 + setting.nlr_contradicts_pct, false) as is_conflict,
    compared.difference_pct,
    nullif(concat_ws(
        '; ',
        case
            when compared.difference_pct > setting.nlr_differs_pct then format(
                'neutrophils / lymphocytes are {:.3g} by {} and {:.3g} by {} of the same blood, {:.1f} % apart',
                chosen.nlr, replace(chosen.dimension, '_', ' '), compared.other_nlr, replace(compared.other_dimension, '_', ' '),
                compared.difference_pct
            )
        end,
        case
            when weighed.share_pct > 100 + setting.nlr_differs_pct
                then format('neutrophils and lymphocytes are together {:.0f} % of the leukocytes of the same blood', weighed.share_pct)
        end
    ), '') as difference
from chosen
cross join setting
left join compared on compared.subject_id = chosen.subject_id
left join weighed on weighed.subject_id = chosen.subject_id;

comment on view cbc_choice is 'one row per treated subject with both counts on one specimen in the window: the nearest such specimen, and the way to the ratio';
comment on column cbc_choice.neutrophils_key is 'file_id:line of the neutrophils';
comment on column cbc_choice.neutrophils_way is 'way_rank of lab_value that was taken for them';
comment on column cbc_choice.lymphocytes_key is 'file_id:line of the lymphocytes';
comment on column cbc_choice.lymphocytes_way is 'way_rank of lab_value that was taken for them';
comment on column cbc_choice.nlr_source is 'counts, wbc_x_percent or percent; manual_ before it where one of the two was counted by hand, segs_bands_ where segmented and band forms were added';
comment on column cbc_choice.collected_at is 'collection, site wall time';
comment on column cbc_choice.rival_count is 'specimens at that distance and time';
comment on column cbc_choice.is_conflict is 'they give different counts, or the counts contradict what stands beside them';
comment on column cbc_choice.difference_pct is 'largest difference to the ratio by another way of the same method, percent of the chosen one';
comment on column cbc_choice.difference is 'the same in words, where it is more than the suite lets pass without a word';
