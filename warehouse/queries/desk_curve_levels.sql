-- One row per analyte x standard level of a plate ($run, $number): what its curve gives there and what was read.
select level.analyte, level.standard_level, level.expected_concentration, level.fitted_mfi, level.mean_mfi
from store.standard_level as level
join current_assay as assay using (assay_id)
where assay.run_id = $run and level.plate_number = $number and level.standard_level > 0 and level.expected_concentration > 0
order by all
