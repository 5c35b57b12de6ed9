-- One row per current plate x analyte, judged.
create or replace view analyte_plate as
with
assay as (select assay_id from current_assay),
verdict as (from analyte_standing)
select
    verdict.run_id, verdict.assay_id, verdict.plate_number, verdict.analyte, verdict.state, verdict.reasons,
    verdict.sentence, verdict.well_count, verdict.reportable_count
from verdict
join assay using (assay_id);

comment on view analyte_plate is 'one row per current plate x analyte, judged';
comment on column analyte_plate.analyte is 'canonical analyte name';
comment on column analyte_plate.plate_number is 'plate within the batch, from 1';
comment on column analyte_plate.state is 'pass, warn or fail';
comment on column analyte_plate.reasons is 'rules behind it, joined by ''; ''; null where it passed';
comment on column analyte_plate.sentence is 'the verdict in one sentence with numbers';
comment on column analyte_plate.well_count is 'sample wells';
comment on column analyte_plate.reportable_count is 'sample wells whose result may be reported';
