-- One row per specimen x analyte x current plate: the dilution that counts.
-- Rule 6: the lowest dilution in range; where none is, the bound that says most (the smallest <, else the largest >).
-- In-range dilutions that differ by more than the limit are flagged, not averaged.
create or replace view specimen_result as
with
setting as (select parallelism_pct from score_setting),
dilution as (from replicate_result),
whole as (
    select
        assay_id, plate_number, specimen_id, analyte,
        count(*) as dilution_count,
        sum(reading_count)::bigint as reading_count,
        sum(reading_count - used_count)::bigint as excluded_count,
        string_agg(distinct excluded_because, '; ' order by excluded_because) as excluded_because,
        max(value) filter (value_op = '=') as highest,
        min(value) filter (value_op = '=') as lowest,
        bool_or(is_contradictory)
            or coalesce(max(value) filter (value_op = '>') >= min(value) filter (value_op = '<'), false) as is_contradictory
    from dilution
    group by all
),
ranked as (
    select
        *,
        row_number() over (
            partition by assay_id, plate_number, specimen_id, analyte
            order by
                case value_op when '=' then 1 when '<' then 2 when '>' then 3 else 4 end,
                case value_op when '=' then dilution_factor when '<' then value when '>' then -value end,
                dilution_factor
        ) as place
    from dilution
)
select
    ranked.run_id, ranked.assay_id, ranked.plate, ranked.plate_number, ranked.specimen_id, ranked.analyte,
    case when not whole.is_contradictory then ranked.value_op end as value_op,
    case when not whole.is_contradictory then ranked.value end as value,
    ranked.unit, ranked.ci_low, ranked.ci_high, ranked.dilution_factor, ranked.wells, ranked.used_count,
    whole.reading_count, whole.excluded_count, whole.excluded_because, whole.dilution_count,
    100 * (whole.highest / whole.lowest - 1) as dilution_difference_pct,
    coalesce(100 * (whole.highest / whole.lowest - 1) > setting.parallelism_pct, false) as is_not_parallel,
    whole.is_contradictory
from ranked
join whole
    on whole.assay_id = ranked.assay_id and whole.plate_number = ranked.plate_number
    and whole.specimen_id = ranked.specimen_id and whole.analyte = ranked.analyte
cross join setting
where ranked.place = 1;

comment on view specimen_result is 'one row per specimen x analyte x current plate: the dilution that counts';
comment on column specimen_result.reading_count is 'wells over all dilutions';
comment on column specimen_result.excluded_count is 'of these, not used because of QC';
comment on column specimen_result.excluded_because is 'rules and states that keep wells out, joined by ''; ''';
comment on column specimen_result.dilution_count is 'dilutions on the plate';
comment on column specimen_result.dilution_difference_pct is 'how far in-range dilutions differ, percent of the lowest';
comment on column specimen_result.is_not_parallel is 'they differ by more than the limit';
comment on column specimen_result.is_contradictory is 'wells or dilutions prove a mix-up: below range and above it';
comment on column specimen_result.dilution_factor is 'dilution of the value';
comment on column specimen_result.wells is 'wells behind the value, joined by ,';
comment on column specimen_result.used_count is 'wells behind the value';
