-- One row per finding on a current assay.
create or replace view qc_flag as
with
assay as (select assay_id, plate_key from current_assay),
run as (select run_id, batch from current_run),
finding as (from finding_standing),
reexport_change as (from reexport_change)
select
    finding.run_id, finding.assay_id, coalesce(run.batch, left(finding.run_id, 12)) as plate, finding.plate_number,
    finding.rule, finding.severity, finding.unit_of_judgement, finding.well, finding.replicate_group, finding.analyte,
    finding.observed, finding.observed_text, finding.limit_value, finding.limit_text, finding.effect, finding.action,
    finding.source, finding.message, finding.suite_hash, finding.effect_of_rule, finding.decision_id
from finding
join assay using (assay_id)
join run on run.run_id = finding.run_id
union all
select
    reexport_change.run_id, current_assay.assay_id, coalesce(run.batch, left(run.run_id, 12)), reexport_change.plate_number,
    'medians_changed', 'warn', 'plate', null, null, null,
    reexport_change.changed_count, printf('%d medians differ from the earlier export', reexport_change.changed_count), 0,
    'the medians of the earlier export', 'flag', 'ask who exported the plate again, and why its medians are others',
    'own choice [O]', reexport_change.message, current_assay.suite_hash, 'flag', null
from reexport_change
join run on run.run_id = reexport_change.run_id
join current_assay on current_assay.run_id = reexport_change.run_id;

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
