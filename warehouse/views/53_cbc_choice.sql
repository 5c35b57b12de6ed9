-- One row per treated subject with both counts on one specimen in the window: the nearest such specimen.
-- Rule 3: both counts from one specimen (the same accession, else the same collection time); nearest to the cytokine draw,
-- ties earlier. Two specimens of the same time that disagree are a conflict.
create or replace view cbc_choice as
with
neutrophils as (from lab_candidate where measure = 'neutrophils' and is_settled),
lymphocytes as (from lab_candidate where measure = 'lymphocytes' and is_settled),
pair as (
    select
        neutrophils.subject_id,
        neutrophils.source_key as neutrophils_key,
        lymphocytes.source_key as lymphocytes_key,
        neutrophils.specimen_id is not distinct from lymphocytes.specimen_id as is_one_specimen,
        greatest(neutrophils.distance_seconds, lymphocytes.distance_seconds) as distance_seconds,
        least(neutrophils.collected_at, lymphocytes.collected_at) as collected_at,
        concat_ws(' ', neutrophils.value_op, neutrophils.value_text, lymphocytes.value_op, lymphocytes.value_text) as counts
    from neutrophils
    join lymphocytes
        on lymphocytes.subject_id = neutrophils.subject_id
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
)
from nearest
select
    subject_id, neutrophils_key, lymphocytes_key, distance_seconds, collected_at,
    count(*) over (partition by subject_id) as rival_count,
    min(counts) over (partition by subject_id) <> max(counts) over (partition by subject_id) as is_conflict
qualify row_number() over (partition by subject_id order by neutrophils_key, lymphocytes_key) = 1;

comment on view cbc_choice is 'one row per treated subject with both counts on one specimen in the window: the nearest such specimen';
comment on column cbc_choice.neutrophils_key is 'file_id:line of the neutrophils';
comment on column cbc_choice.lymphocytes_key is 'file_id:line of the lymphocytes';
comment on column cbc_choice.collected_at is 'collection, site wall time';
comment on column cbc_choice.rival_count is 'specimens at that distance and time';
comment on column cbc_choice.is_conflict is 'they give different counts';
