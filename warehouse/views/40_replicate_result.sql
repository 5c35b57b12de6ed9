-- One row per specimen x analyte x current plate x dilution: its reportable wells combined, the others counted.
-- All quantified: geometric mean. All below (above) range: < the largest (> the smallest) bound. Quantified and below
-- (above): < (>) the geometric mean in which each censored well stands at its bound, which is what the wells together
-- prove. Below and above in one group prove a mix-up: no value, is_contradictory.
-- Interval: the mean of the wells' logarithms (of the ends themselves behind a bound where one begins at 0), its width times
-- sqrt(s + (1 - s) / wells), where s is the part of the variance that they share (1 where nobody kept it).
create or replace view replicate_result as
with
-- A held well has no specimen; the one that its layout names waits for it, and says so.
waiting as (
    select assay_id, plate_number, well, specimen_id as planned_id
    from store.well
    where doubt is not null and specimen_id is not null
),
reading as (
    select
        run_id, assay_id, plate, plate_number, coalesce(specimen_id, planned_id) as specimen_id, analyte, dilution_factor, well, qc_state = 'held' as is_held,
        reportable and value_op is not null as is_used, value_op, coalesce(value_num, value_bound) as standing, unit,
        case when standing > 0 then ln(standing) end as log_standing,
        case when ci_low > 0 then ln(ci_low) end as log_low,
        case when ci_high > 0 then ln(ci_high) end as log_high,
        ci_low, ci_high, coalesce(ci_shared, 1) as ci_shared,
        coalesce(reasons, status) as because
    from result_all
    left join waiting using (assay_id, plate_number, well)
    where well_role = 'unknown' and coalesce(specimen_id, planned_id) is not null
),
-- Sorted lists, not running sums: the order of rows in a table must not decide the last digit.
counted as (
    select
        assay_id, plate_number, specimen_id, analyte, dilution_factor,
        min(run_id) as run_id,
        min(plate) as plate,
        count(*) as reading_count,
        count(*) filter (is_used) as used_count,
        count(*) filter (is_used and value_op = '=') as quantified_count,
        count(*) filter (is_used and value_op = '<') as below_count,
        count(*) filter (is_used and value_op = '>') as above_count,
        count(*) filter (is_held) as held_count,
        array_to_string(list_sort(list(well) filter (is_used)), ',') as wells,
        array_to_string(list_sort(list_distinct(flatten(list(string_split(because, '; ')) filter (not is_used)))), '; ') as excluded_because,
        min(unit) filter (is_used) as unit,
        min(standing) filter (is_used) as lowest,
        max(standing) filter (is_used) as highest,
        exp(list_avg(list_sort(list(log_standing) filter (is_used and log_standing is not null)))) as geometric_mean,
        exp(list_avg(list_sort(list(log_low) filter (is_used and log_low is not null)))) as typical_low,
        exp(list_avg(list_sort(list(log_high) filter (is_used and log_high is not null)))) as typical_high,
        case when count(ci_low) filter (is_used) = used_count then list_avg(list_sort(list(ci_low) filter (is_used))) end as mean_low,
        case when count(ci_high) filter (is_used) = used_count then list_avg(list_sort(list(ci_high) filter (is_used))) end as mean_high,
        min(ci_low) filter (is_used) as least_low,
        list_avg(list_sort(list(ci_shared) filter (is_used))) as shared,
        sqrt(shared + (1 - shared) / used_count) as width,
        sqrt(typical_low * typical_high) as centre
    from reading
    group by all
)
select
    run_id, assay_id, plate, plate_number, specimen_id, analyte, dilution_factor,
    case
        when below_count > 0 and above_count > 0 then null
        when below_count > 0 then '<'
        when above_count > 0 then '>'
        when quantified_count > 0 then '='
    end as value_op,
    case
        when value_op is null then null
        when lowest = highest then lowest
        when below_count = used_count then highest
        when above_count = used_count then lowest
        else geometric_mean
    end as value,
    unit,
    case
        when value_op = '=' then value * power(typical_low / value, width)
        when value_op is null or mean_low is null then null
        when least_low = 0 then 0
        when mean_high is null then typical_low
        else centre * power(typical_low / centre, width)
    end as ci_low,
    case
        when value_op = '=' then value * power(typical_high / value, width)
        when value_op is null or mean_low is null or mean_high is null then null
        when least_low = 0 then (mean_low + mean_high) / 2 + (mean_high - mean_low) / 2 * width
        else centre * power(typical_high / centre, width)
    end as ci_high,
    reading_count, used_count, quantified_count, below_count, above_count, wells, excluded_because,
    below_count > 0 and above_count > 0 as is_contradictory, held_count
from counted;

comment on view replicate_result is 'one row per specimen x analyte x current plate x dilution: its reportable wells combined';
comment on column replicate_result.dilution_factor is 'factor applied; null where nobody gives one';
comment on column replicate_result.value_op is '=, < or >; null where no well can be used or the wells contradict each other';
comment on column replicate_result.value is 'geometric mean, or the bound that < or > speaks of';
comment on column replicate_result.ci_low is 'lower end of the wells'' joint 95 % interval, also behind a bound: their own errors fall with their number, that of their curve stays; 0 where it has no lower end';
comment on column replicate_result.ci_high is 'upper end; null where it has none';
comment on column replicate_result.reading_count is 'wells';
comment on column replicate_result.used_count is 'wells with a reportable value or bound';
comment on column replicate_result.quantified_count is 'of these, quantified';
comment on column replicate_result.below_count is 'of these, below range';
comment on column replicate_result.above_count is 'of these, above range';
comment on column replicate_result.wells is 'wells used, joined by ,';
comment on column replicate_result.excluded_because is 'rules and states that keep the other wells out, joined by ''; ''';
comment on column replicate_result.is_contradictory is 'one well is below and another above range';
comment on column replicate_result.held_count is 'wells that wait for a person';
