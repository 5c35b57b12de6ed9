-- One row per analyte of specimen_result, asked of what it rests on: the view itself follows every reading of the archive.
-- Rule: a sample well of a current assay whose specimen is known, or is held and named by its layout.
with
current as (select assay_id from current_assay),
sample as (select assay_id, plate_number, well, specimen_id, analyte from store.result where well_role = 'unknown'),
waiting as (select assay_id, plate_number, well from store.well where doubt is not null and specimen_id is not null)
select analyte from sample semi join current using (assay_id) where specimen_id is not null
union
select analyte from sample semi join current using (assay_id) semi join waiting using (assay_id, plate_number, well)
order by analyte
