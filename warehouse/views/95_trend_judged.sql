-- One row per trend rule: how much it judged over all standing plates, and how much of it breaks the rule by chance.
create or replace view trend_judged as
with
latest as (from trend_night),
judged as (from store.trend_judged)
select
    judged.entry, judged.rule, judged.severity, judged.judged_count, judged.found_count, judged.expected_false_alarms
from judged
join latest using (night_id);

comment on view trend_judged is 'one row per trend rule: how much it judged over all standing plates, and how much breaks it by chance';
