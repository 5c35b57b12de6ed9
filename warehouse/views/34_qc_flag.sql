-- One row per finding on a current assay.
create or replace view qc_flag as
with
assay as (select assay_id, plate_key from current_assay),
run as (select run_id, batch from current_run),
finding as (from finding_standing)
select
    finding.run_id, finding.assay_id, coalesce(run.batch, left(finding.run_id, 12)) as plate, finding.plate_number,
    finding.rule, finding.severity, finding.unit_of_judgement, finding.well, finding.replicate_group, finding.analyte,
    finding.observed, finding.observed_text, finding.limit_value, finding.limit_text, finding.effect, finding.action,
    finding.source, finding.message, finding.suite_hash, finding.effect_of_rule, finding.decision_id
from finding
join assay using (assay_id)
join run on run.run_id = finding.run_id;

comment on view qc_flag is 'one row per finding on a current assay';
comment on column qc_flag.plate is 'plate name: the batch, or the first characters of run_id';
comment on column qc_flag.plate_number is 'plate within the batch, from 1; null where the run as a whole is meant';
comment on column qc_flag.rule is 'rule name, the same everywhere';
comment on column qc_flag.severity is 'info, warn, fail or error (the check itself could not run)';
comment on column qc_flag.well is 'well, where the finding is about one';
comment on column qc_flag.analyte is 'canonical analyte name';
comment on column qc_flag.observed_text is 'what was measured in words, with its unit';
comment on column qc_flag.limit_text is 'the limit that was used, in words';
comment on column qc_flag.effect is 'none, flag, exclude_reading, exclude_well, fail_analyte, fail_plate or refuse';
comment on column qc_flag.source is 'where the rule comes from';
comment on column qc_flag.replicate_group is 'replicate group, where the finding is about one';
