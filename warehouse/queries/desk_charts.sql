-- One row per control chart: analyte x control x lot.
select distinct analyte, metric, lot
from qc_history
where metric in ('qc1', 'qc2')
order by all
