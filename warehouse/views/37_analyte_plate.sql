-- One row per current plate x analyte, judged.
create or replace view analyte_plate as
with
assay as (select assay_id from current_assay),
verdict as (from store.analyte_verdict),
held as (select run_id, plate_number from held_plate)
select
    verdict.run_id, verdict.assay_id, verdict.plate_number, verdict.analyte,
    case when held.run_id is null then verdict.state else 'held' end as state,
    case when held.run_id is null then verdict.reasons else concat_ws('; ', 'awaiting_decision', verdict.reasons) end
        as reasons,
    case when held.run_id is null then verdict.sentence else 'Its plate is held until a person decides. By the rules: ' || verdict.sentence end
        as sentence,
    verdict.well_count,
    case when held.run_id is null then verdict.reportable_count else 0 end as reportable_count
from verdict
join assay using (assay_id)
left join held on held.run_id = verdict.run_id and held.plate_number = verdict.plate_number;

comment on view analyte_plate is 'one row per current plate x analyte, judged';
comment on column analyte_plate.analyte is 'canonical analyte name';
comment on column analyte_plate.plate_number is 'plate within the batch, from 1';
comment on column analyte_plate.state is 'pass, warn or fail; held as its plate';
comment on column analyte_plate.reasons is 'awaiting_decision where held, then rules behind it, joined by ''; ''; null where it passed';
comment on column analyte_plate.sentence is 'the verdict in one sentence with numbers';
comment on column analyte_plate.well_count is 'sample wells';
comment on column analyte_plate.reportable_count is 'sample wells whose result may be reported';
