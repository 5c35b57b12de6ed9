-- One row per night x rule over the current plates that the night computed: observed beside expected on good plates.
create or replace view main.qc_rate as
select
    qc_rate.night_id, qc_rate.rule, qc_rate.plate_count, qc_rate.plates_with_findings, qc_rate.judged_count,
    qc_rate.found_count, qc_rate.expected_false_alarms
from internal.qc_rate as qc_rate;

comment on view main.qc_rate is 'one row per night x rule over the current plates that the night computed: observed beside expected on good plates';
