-- One row per plate, judged; proposed by rules, to be confirmed by a person: in the words that are said today.
create or replace view plate_verdict_standing as
with
own as (from store.plate_verdict),
said as (from store.plate_verdict_said),
latest as (from saying_current)
select
    own.assay_id, own.run_id, own.plate_number, own.state, own.sentence, own.analytes_passed, own.analytes_warned,
    own.analytes_failed, own.low_bead_wells, own.reportable_pct, own.expected_false_alarms
from own
anti join latest on latest.owner_id = own.assay_id
union all
select
    said.assay_id, said.run_id, said.plate_number, said.state, said.sentence, said.analytes_passed,
    said.analytes_warned, said.analytes_failed, said.low_bead_wells, said.reportable_pct, said.expected_false_alarms
from said
join latest on latest.owner_id = said.assay_id and latest.wording_hash = said.wording_hash;

comment on view plate_verdict_standing is 'one row per plate, judged; proposed by rules, to be confirmed by a person: in the words that are said today';
