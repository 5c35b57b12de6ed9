-- One row per control of a plate ($run, $number) that is followed: its place on a control chart.
select distinct analyte, metric, lot
from qc_history
where run_id = $run and plate_number = $number and metric in ('qc1', 'qc2')
order by all
