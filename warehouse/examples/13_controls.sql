-- Do the controls recover what the kit promises?
-- analyte VARCHAR, reagent_label VARCHAR, wells BIGINT, in_range BIGINT, lowest_recovery_pct DOUBLE, highest_recovery_pct DOUBLE
-- In range is what the instrument's own result says of the kit's range; trends over plates are in qc_history and qc_trend.
select
    analyte, reagent_label,
    count(*) as wells,
    count(*) filter (is_reported_in_range) as in_range,
    round(min(recovery_pct), 1) as lowest_recovery_pct,
    round(max(recovery_pct), 1) as highest_recovery_pct
from control_result
group by all
order by all;
