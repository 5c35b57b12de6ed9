-- One row per lot x instrument x method x analyte x standard level: the pooled curve there, over the lot's accepted plates.
select
    lot, instrument, method, analyte, standard_level, avg(expected_concentration order by run_id) as expected_concentration,
    exp(avg(case when fitted_mfi > 0 then ln(fitted_mfi) end order by run_id)) as pooled_mfi,
    count(distinct (run_id, plate_number)) as plate_count, min(started_at) as first_at
from lot_curve_level
where is_accepted
group by lot, instrument, method, analyte, standard_level
order by lot, instrument, method, analyte, standard_level
