-- One row per treated subject with an eligible specimen: the draw whose cytokines count, and that labs are to be near to.
-- Rule 3: the latest eligible draw; among draws, one that a plate holds comes before one that waits for its plate.
create or replace view anchor_draw as
with
draw as (from eligible_draw where is_eligible),
latest as (
    from draw
    qualify rank() over (
        partition by subject_id order by is_assayed desc, collected_at desc, has_time desc
    ) = 1
)
select
    subject_id, collected_at, has_time, days_before_start, is_same_day_unordered, is_assayed,
    list(specimen_id order by specimen_id) as specimen_ids
from latest
group by all;

comment on view anchor_draw is 'one row per treated subject with an eligible specimen: the draw whose cytokines count';
comment on column anchor_draw.specimen_ids is 'barcodes of the draw';
