-- One row per run that counts: the assay that stands for it, the verdict that trends give it, and which of its plates are held.
with
assay as (from current_assay),
judged as (from trend_judgement),
held as (select run_id, string_agg(plate_number::varchar, ',' order by plate_number) as numbers from held_plate group by run_id)
select assay.run_id, assay.assay_id, judged.judgement_id, held.numbers as held
from assay
left join judged using (assay_id)
left join held on held.run_id = assay.run_id
