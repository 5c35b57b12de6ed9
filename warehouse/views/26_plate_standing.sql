-- One row per assay x plate: its verdict, with what trends find where they find something.
create or replace view plate_standing as
with
own as (from plate_verdict_standing),
anew as (from trend_plate_verdict)
select
    own.assay_id, own.run_id, own.plate_number,
    case when anew.assay_id is null then own.state else anew.state end as state,
    case when anew.assay_id is null then own.sentence else anew.sentence end as sentence,
    case when anew.assay_id is null then own.analytes_passed else anew.analytes_passed end as analytes_passed,
    case when anew.assay_id is null then own.analytes_warned else anew.analytes_warned end as analytes_warned,
    case when anew.assay_id is null then own.analytes_failed else anew.analytes_failed end as analytes_failed,
    case when anew.assay_id is null then own.low_bead_wells else anew.low_bead_wells end as low_bead_wells,
    case when anew.assay_id is null then own.reportable_pct else anew.reportable_pct end as reportable_pct,
    case when anew.assay_id is null then own.expected_false_alarms else anew.expected_false_alarms end
        as expected_false_alarms
from own
left join anew on anew.assay_id = own.assay_id and anew.plate_number = own.plate_number;

comment on view plate_standing is 'one row per assay x plate: its verdict, with what trends find where they find something';
