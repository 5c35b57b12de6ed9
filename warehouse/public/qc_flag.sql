-- One row per finding on a current assay.
create or replace view main.qc_flag as
select
    qc_flag.plate, qc_flag.plate_number, qc_flag.well, qc_flag.replicate_group, qc_flag.analyte, qc_flag.rule,
    qc_flag.severity, qc_flag.observed, qc_flag.observed_text, qc_flag.limit_value, qc_flag.limit_text,
    qc_flag.effect, qc_flag.effect_of_rule, qc_flag.action, qc_flag.message, qc_flag.unit_of_judgement,
    qc_flag.source, qc_flag.suite_hash, qc_flag.decision_id, qc_flag.run_id, qc_flag.assay_id
from internal.qc_flag as qc_flag;

comment on view main.qc_flag is 'one row per finding on a current assay';
