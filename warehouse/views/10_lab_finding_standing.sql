-- One row per finding of a rule about a clinical laboratory row: in the words that are said today.
create or replace view lab_finding_standing as
with
own as (from store.lab_finding),
said as (from store.lab_finding_said),
latest as (from saying_current)
select
    own.import_id, own.file_id, own.source_line, own.subject_id, own.analyte, own.rule, own.severity,
    own.observed_text, own.limit_text, own.effect, own.action, own.source, own.message, own.suite_hash
from own
anti join latest on latest.owner_id = own.import_id
union all
select
    said.import_id, said.file_id, said.source_line, said.subject_id, said.analyte, said.rule, said.severity,
    said.observed_text, said.limit_text, said.effect, said.action, said.source, said.message, said.suite_hash
from said
join latest on latest.owner_id = said.import_id and latest.wording_hash = said.wording_hash;

comment on view lab_finding_standing is 'one row per finding of a rule about a clinical laboratory row: in the words that are said today';
