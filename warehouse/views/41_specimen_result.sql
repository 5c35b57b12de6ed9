-- One row per specimen x analyte x current plate: the dilution that counts.
-- Rule 6: the lowest dilution in range; where none is, the bound that says most (the smallest <, else the largest >).
-- In-range dilutions that differ by more than the limit are flagged, not averaged.
create or replace view specimen_result as
with
setting as (select parallelism_pct from score_setting),
dilution as (from replicate_result),
ranked as (
    select
        *,
        case value_op when '=' then 1 when '<' then 2 when '>' then 3 else 4 end as usefulness,
        case value_op when '=' then dilution_factor when '<' then value when '>' then -value end as preference
    from dilution
),
whole as (
    select
        assay_id, plate_number, specimen_id, analyte,
        count(*) as dilution_count,
        sum(reading_count)::bigint as all_reading_count,
        sum(reading_count - used_count)::bigint as excluded_count,
        sum(held_count)::bigint as held_count,
        array_to_string(
            list_sort(list_distinct(flatten(list(string_split(excluded_because, '; ')) filter (excluded_because <> '')))), '; '
        ) as all_because,
        max(value) filter (value_op = '=') as highest,
        min(value) filter (value_op = '=') as lowest,
        bool_or(is_contradictory)
            or coalesce(max(value) filter (value_op = '>') >= min(value) filter (value_op = '<'), false) as is_mixed_up,
        arg_min(ranked, {'usefulness': usefulness, 'preference': preference, 'dilution_factor': dilution_factor}) as best
    from ranked
    group by all
)
select
    best.run_id as run_id, assay_id, best.plate as plate, plate_number, specimen_id, analyte,
    case when not is_mixed_up then best.value_op end as value_op,
    case when not is_mixed_up then best.value end as value,
    best.unit as unit,
    case when not is_mixed_up then best.ci_low end as ci_low,
    case when not is_mixed_up then best.ci_high end as ci_high,
    case when not is_mixed_up then best.dilution_factor end as dilution_factor,
    case when not is_mixed_up then best.wells end as wells,
    if(is_mixed_up, 0, best.used_count) as used_count, all_reading_count as reading_count, excluded_count,
    nullif(all_because, '') as excluded_because, dilution_count,
    100 * (highest / lowest - 1) as dilution_difference_pct,
    coalesce(100 * (highest / lowest - 1) > parallelism_pct, false) as is_not_parallel,
    is_mixed_up as is_contradictory, held_count,
    if(is_mixed_up, 0, all_reading_count - excluded_count - best.used_count) as other_dilution_count
from whole
cross join setting;

comment on view specimen_result is 'one row per specimen x analyte x current plate: the dilution that counts';
comment on column specimen_result.reading_count is 'wells over all dilutions';
comment on column specimen_result.excluded_count is 'of these, not used because of QC';
comment on column specimen_result.excluded_because is 'rules and states that keep wells out, joined by ''; ''';
comment on column specimen_result.dilution_count is 'dilutions on the plate';
comment on column specimen_result.dilution_difference_pct is 'how far in-range dilutions differ, percent of the lowest';
comment on column specimen_result.is_not_parallel is 'they differ by more than the limit';
comment on column specimen_result.is_contradictory is 'wells or dilutions prove a mix-up: below range and above it';
comment on column specimen_result.dilution_factor is 'dilution of the value; null where wells or dilutions prove a mix-up';
comment on column specimen_result.wells is 'wells behind the value, joined by ,';
comment on column specimen_result.used_count is 'wells behind the value';
comment on column specimen_result.other_dilution_count is 'wells with a value or bound at a dilution that does not count';
comment on column specimen_result.held_count is 'wells that wait for a person, over all dilutions';
