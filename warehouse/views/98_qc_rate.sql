-- One row per night x rule over the current plates that the night computed: what was observed beside what good plates would show.
-- Of a rule's warning and failing limits the one that more objects break counts, once a plate, as in the sentence of a plate.
create or replace view qc_rate as
with
assay as (select assay_id, night_id from current_assay),
judged as (
    from qc_judged as whole
    anti join held_plate on held_plate.run_id = whole.run_id and held_plate.plate_number = whole.plate_number
    where severity <> 'info'
),
of_plate as (
    select
        assay_id, plate_number, rule, max(judged_count) as judged_count, max(found_count) as found_count,
        max(expected_false_alarms) as expected_false_alarms
    from judged
    group by assay_id, plate_number, rule
)
select
    assay.night_id, of_plate.rule, count(*) as plate_count,
    count(*) filter (of_plate.found_count > 0) as plates_with_findings,
    sum(of_plate.judged_count)::bigint as judged_count, sum(of_plate.found_count)::bigint as found_count,
    round(list_sum(list_sort(list(of_plate.expected_false_alarms))), 6) as expected_false_alarms
from of_plate
join assay using (assay_id)
group by assay.night_id, of_plate.rule;

comment on view qc_rate is 'one row per night x rule over the current plates that the night computed: observed beside expected on good plates';
comment on column qc_rate.plate_count is 'plates that the rule looked at';
comment on column qc_rate.plates_with_findings is 'plates with at least one object out of limits';
comment on column qc_rate.judged_count is 'objects that it could judge';
comment on column qc_rate.found_count is 'objects out of limits';
comment on column qc_rate.expected_false_alarms is 'objects expected out of limits if all of these plates are good';
