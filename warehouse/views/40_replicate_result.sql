-- One row per specimen x analyte x current plate x dilution: its reportable wells combined, the others counted.
-- All quantified: geometric mean. All below (above) range: < the largest (> the smallest) bound. Quantified and below
-- (above): < (>) the geometric mean in which each censored well stands at its bound, which is what the wells together
-- prove. Below and above in one group prove a mix-up: no value, is_contradictory.
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
        array_to_string(list_sort(list_distinct(list(because) filter (not is_used))), '; ') as excluded_because,
        min(unit) filter (is_used) as unit,
        min(standing) filter (is_used) as lowest,
        max(standing) filter (is_used) as highest,
        exp(list_avg(list_sort(list(log_standing) filter (is_used and log_standing is not null)))) as geometric_mean,
        exp(list_avg(list_sort(list(log_low) filter (is_used and log_low is not null)))) as ci_low,
        exp(list_avg(list_sort(list(log_high) filter (is_used and log_high is not null)))) as ci_high
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
    case when value_op = '=' then ci_low end as ci_low,
    case when value_op = '=' then ci_high end as ci_high,
    reading_count, used_count, quantified_count, below_count, above_count, wells, excluded_because,
    below_count > 0 and above_count > 0 as is_contradictory, held_count
from counted;

comment on view replicate_result is 'one row per specimen x analyte x current plate x dilution: its reportable wells combined';
comment on column replicate_result.dilution_factor is 'factor applied; null where nobody gives one';
comment on column replicate_result.value_op is '=, < or >; null where no well can be used or the wells contradict each other';
comment on column replicate_result.value is 'geometric mean, or the bound that < or > speaks of';
comment on column replicate_result.ci_low is 'geometric mean of the wells'' lower ends: wells of a plate share the error of its curve';
comment on column replicate_result.ci_high is 'geometric mean of the upper ends';
comment on column replicate_result.reading_count is 'wells';
comment on column replicate_result.used_count is 'wells with a reportable value or bound';
comment on column replicate_result.quantified_count is 'of these, quantified';
comment on column replicate_result.below_count is 'of these, below range';
comment on column replicate_result.above_count is 'of these, above range';
comment on column replicate_result.wells is 'wells used, joined by ,';
comment on column replicate_result.excluded_because is 'rules and states that keep the other wells out, joined by ''; ''';
comment on column replicate_result.is_contradictory is 'one well is below and another above range';
comment on column replicate_result.held_count is 'wells that wait for a person';
