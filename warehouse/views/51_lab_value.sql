-- One row per subject x score measure x draw x way to it: a value of the score as a laboratory sends it, or why there is none.
-- Ways to a blood count: the absolute count; the percentage of the differential times the leukocytes of the same draw; the
-- percentage alone. Segmented and band forms count together only: the one without the other is a part of the neutrophils.
-- A count that was taken back, or that failed its checks, takes the percentage of the same cells and draw with it: the draw is in
-- doubt (a clotted tube, a batch that slipped), not only the spelling of a unit.
-- Products and sums are exact; where 14 decimals or three digits before the mark do not hold a factor, that way is not there.
create or replace view lab_value as
with
lab as (
    select
        lab_current.* exclude (source_line), file_id || ':' || source_line as source_key, lab_part.measure, lab_part.part,
        lab_part.dimension, lab_part.method_rank
    from lab_current
    join lab_part using (analyte)
),
counted as (
    select
        *,
        hash(subject_id, specimen_id, collected_at) as draw_hash,
        case
            when (dimension = 'percent' or part <> 'whole') and length(split_part(value_text, '.', 2)) <= 14
                then try_cast(value_text as decimal(17, 14))
        end as exact
    from lab
    where measure is null or dimension is not null
),
whole as (from counted where part = 'whole'),
wbc as (from counted where part = 'wbc' and reason is null and value_op = '='),
segs as (from counted where part = 'segs'),
bands as (from counted where part = 'bands'),
together as (
    select
        coalesce(segs.subject_id, bands.subject_id) as subject_id,
        coalesce(segs.draw_hash, bands.draw_hash) as draw_hash,
        coalesce(segs.specimen_id, bands.specimen_id) as specimen_id,
        coalesce(segs.collected_at, bands.collected_at) as collected_at,
        coalesce(segs.has_time, bands.has_time) as has_time,
        coalesce(segs.unit, bands.unit) as unit, coalesce(segs.dimension, bands.dimension) as dimension,
        coalesce(segs.source_key, bands.source_key) as source_key,
        case when segs.source_key is not null then bands.source_key end as part_keys,
        case
            when segs.source_key is null or bands.source_key is null then 'assay_mismatch'
            when segs.reason is not null or bands.reason is not null then coalesce(segs.reason, bands.reason)
            when segs.value_op <> '=' or bands.value_op <> '=' then
                case when '<' in (segs.value_op[1], bands.value_op[1]) then 'below_range_undecided' else 'above_range_undecided' end
            when segs.exact is null or bands.exact is null then 'assay_mismatch'
        end as reason,
        case
            when bands.source_key is null then 'segmented neutrophils were sent without band forms, which are neutrophils too'
            when segs.source_key is null then 'band neutrophils were sent without segmented forms'
            when segs.reason is not null or bands.reason is not null
                then if(
                    segs.reason is not null,
                    concat_ws(': ', 'segmented neutrophils', segs.detail), concat_ws(': ', 'band neutrophils', bands.detail)
                )
            when segs.value_op <> '=' or bands.value_op <> '='
                then format('segmented {} and band forms {} are no plain numbers to add', segs.value_op || segs.value_text, bands.value_op || bands.value_text)
            when segs.exact is null or bands.exact is null
                then format('segmented {} and band forms {} cannot be added exactly', segs.value_text, bands.value_text)
            else format('{}, segmented {} + band forms {}', segs.status, segs.value_text, bands.value_text)
        end as detail,
        segs.exact::decimal(38, 14) + bands.exact::decimal(38, 14) as total
    from segs
    full join bands
        on bands.draw_hash = segs.draw_hash and bands.dimension = segs.dimension and bands.subject_id = segs.subject_id
        and bands.specimen_id is not distinct from segs.specimen_id
        and bands.collected_at is not distinct from segs.collected_at
),
summed as (
    select
        subject_id, 'neutrophils' as measure, draw_hash, specimen_id, collected_at, has_time, dimension, 2 as method_rank,
        case when reason is null then '=' end as value_op,
        case when reason is null then rtrim(rtrim(total::varchar, '0'), '.') end as value_text,
        unit, reason, detail, source_key, part_keys,
        case when reason is null then try_cast(total as decimal(17, 14)) end as exact
    from together
),
direct as (
    select
        subject_id, measure, draw_hash, specimen_id, collected_at, has_time, dimension, method_rank, value_op, value_text, unit,
        reason, detail, source_key, null::varchar as part_keys, exact
    from whole
    union all by name
    select * from summed
),
-- Counts that were taken back or failed their checks, whose percentages may not stand in for them.
taken_back as (
    select subject_id, measure, draw_hash, method_rank, min(reason) as taken_reason, min(detail) as taken_detail
    from direct
    where dimension = 'counts' and reason in ('cancelled', 'entered_in_error', 'failed_qc')
    group by all
),
answered as (
    select
        direct.* exclude (value_op, value_text, reason, detail, exact),
        case when taken_reason is null then value_op end as value_op,
        case when taken_reason is null then value_text end as value_text,
        coalesce(taken_reason, reason) as reason,
        case when taken_reason is null then detail else 'the count of the same cells: ' || taken_detail end as detail,
        case when taken_reason is null then exact end as exact
    from direct
    left join taken_back
        on taken_back.draw_hash = direct.draw_hash and taken_back.measure = direct.measure
        and taken_back.subject_id = direct.subject_id and taken_back.method_rank = direct.method_rank
    where direct.dimension = 'percent'
),
product as (
    select
        answered.* exclude (dimension, value_text, unit, detail, part_keys, exact),
        'wbc_x_percent' as dimension, wbc.unit,
        rtrim(rtrim((answered.exact * wbc.exact * 0.01::decimal(3, 2))::varchar, '0'), '.') as value_text,
        format('{}; {} {} of {} {} leukocytes', answered.detail, answered.value_text, answered.unit, wbc.value_text, wbc.unit) as detail,
        concat_ws(';', answered.part_keys, wbc.source_key) as part_keys
    from answered
    join wbc
        on wbc.draw_hash = answered.draw_hash and wbc.subject_id = answered.subject_id
        and wbc.specimen_id is not distinct from answered.specimen_id
        and wbc.collected_at is not distinct from answered.collected_at
    where answered.reason is null and answered.exact is not null and wbc.exact > 0
),
way as (
    select * exclude (exact) from direct where dimension = 'counts'
    union all by name
    select * exclude (exact) from answered
    union all by name
    select * from product
)
select
    way.subject_id, way.measure, way.dimension, way.method_rank,
    3 * way.method_rank + case way.dimension when 'counts' then 0 when 'wbc_x_percent' then 1 else 2 end as way_rank,
    way.specimen_id, way.collected_at, way.has_time, way.value_op, way.value_text, way.unit, way.reason, way.detail, way.source_key,
    way.part_keys, wbc.exact::double as leukocytes
from way
left join wbc
    on wbc.draw_hash = way.draw_hash and wbc.subject_id = way.subject_id and wbc.specimen_id is not distinct from way.specimen_id
    and wbc.collected_at is not distinct from way.collected_at
union all by name
select
    subject_id, measure, null as dimension, null as method_rank, 0 as way_rank, specimen_id, collected_at, has_time, value_op,
    value_text, unit, reason, detail, source_key, null as part_keys, null as leukocytes
from lab
where measure is not null and dimension is null;

comment on view lab_value is 'one row per subject x score measure x draw x way to it: a value of the score as a laboratory sends it, or why there is none';
comment on column lab_value.measure is 'neutrophils, lymphocytes, crp or afp';
comment on column lab_value.dimension is 'counts, wbc_x_percent or percent; null where the measure has one way';
comment on column lab_value.method_rank is '0 automated or not said, 1 counted by hand, 2 segmented and band forms told apart; null where the measure has one way';
comment on column lab_value.way_rank is 'order of preference among the ways of one draw: automated before manual, then counts, leukocytes x percentage, percentage';
comment on column lab_value.value_op is '=, <, <=, > or >=; null where there is a reason';
comment on column lab_value.value_text is 'decimal text in unit, exact; null where there is a reason';
comment on column lab_value.reason is 'why there is no value, from the closed list; null where there is one';
comment on column lab_value.detail is 'status, versions and parts, or the reason in words';
comment on column lab_value.source_key is 'file_id:line of the count or percentage';
comment on column lab_value.part_keys is 'file_id:line of what else the value was made of (band forms, leukocytes), joined by ;';
comment on column lab_value.leukocytes is 'leukocytes of the same draw, 10*9/L; null where none is a number';
