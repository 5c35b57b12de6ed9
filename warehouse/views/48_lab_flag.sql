-- One row per finding on a clinical laboratory row of a current import: what a rule says of it, and whether it may score.
create or replace view lab_flag as
with
imported as (select import_id from current_import),
finding as (from lab_finding_standing),
lab as (select import_id, file_id, source_line, value_reported, unit_reported, reference_text from store.clinical_lab)
select
    finding.file_id, finding.source_line, finding.subject_id, finding.analyte, lab.value_reported, lab.unit_reported,
    lab.reference_text, finding.rule, finding.severity, finding.observed_text, finding.limit_text, finding.effect,
    finding.action, finding.source, finding.message, finding.suite_hash
from finding
join imported using (import_id)
left join lab
    on lab.import_id = finding.import_id and lab.file_id = finding.file_id and lab.source_line = finding.source_line;

comment on view lab_flag is 'one row per finding on a clinical laboratory row of a current import';
comment on column lab_flag.rule is 'rule name, the same everywhere';
comment on column lab_flag.severity is 'info, warn, fail or error (the check itself could not run)';
comment on column lab_flag.analyte is 'neutrophils, lymphocytes, crp, afp, ...';
comment on column lab_flag.observed_text is 'what was found, in words';
comment on column lab_flag.limit_text is 'the limit that was used, in words';
comment on column lab_flag.effect is 'none, flag, or exclude_row: the row never scores, its reason is failed_qc';
comment on column lab_flag.source is 'where the rule comes from';
