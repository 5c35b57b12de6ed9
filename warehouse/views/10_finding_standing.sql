-- One row per finding on an assay: in the words that are said today.
create or replace view finding_standing as
with
own as (from store.finding),
said as (from store.finding_said),
latest as (from saying_current)
select
    own.assay_id, own.run_id, own.plate_number, own.rule, own.severity, own.unit_of_judgement, own.well,
    own.replicate_group, own.analyte, own.observed, own.observed_text, own.limit_value, own.limit_text, own.effect,
    own.action, own.source, own.message, own.suite_hash, own.effect_of_rule, own.decision_id
from own
anti join latest on latest.owner_id = own.assay_id
union all
select
    said.assay_id, said.run_id, said.plate_number, said.rule, said.severity, said.unit_of_judgement, said.well,
    said.replicate_group, said.analyte, said.observed, said.observed_text, said.limit_value, said.limit_text,
    said.effect, said.action, said.source, said.message, said.suite_hash, said.effect_of_rule, said.decision_id
from said
join latest on latest.owner_id = said.assay_id and latest.wording_hash = said.wording_hash;

comment on view finding_standing is 'one row per finding on an assay: in the words that are said today';
