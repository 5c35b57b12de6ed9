-- One row per analyte x plate, judged: in the words that are said today.
create or replace view analyte_verdict_standing as
with
own as (from store.analyte_verdict),
said as (from store.analyte_verdict_said),
latest as (from saying_current)
select
    own.assay_id, own.run_id, own.plate_number, own.analyte, own.state, own.reasons, own.sentence, own.well_count,
    own.reportable_count
from own
anti join latest on latest.owner_id = own.assay_id
union all
select
    said.assay_id, said.run_id, said.plate_number, said.analyte, said.state, said.reasons, said.sentence,
    said.well_count, said.reportable_count
from said
join latest on latest.owner_id = said.assay_id and latest.wording_hash = said.wording_hash;

comment on view analyte_verdict_standing is 'one row per analyte x plate, judged: in the words that are said today';
