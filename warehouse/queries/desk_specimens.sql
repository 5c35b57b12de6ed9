-- One row per plate that stands and specimen on it, with whose it is.
select distinct well.run_id, well.plate_number, well.specimen_id, specimen.subject_id
from store.well as well
join current_assay using (assay_id)
left join specimen_current as specimen using (specimen_id)
where well.specimen_id is not null
order by all
