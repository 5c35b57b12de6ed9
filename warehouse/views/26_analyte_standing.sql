-- One row per assay x plate x analyte: its verdict, with what trends find where they find something.
create or replace view analyte_standing as
with
own as (from analyte_verdict_standing),
anew as (from trend_analyte_verdict)
select
    own.assay_id, own.run_id, own.plate_number, own.analyte,
    case when anew.assay_id is null then own.state else anew.state end as state,
    case when anew.assay_id is null then own.reasons else anew.reasons end as reasons,
    case when anew.assay_id is null then own.sentence else anew.sentence end as sentence,
    case when anew.assay_id is null then own.well_count else anew.well_count end as well_count,
    case when anew.assay_id is null then own.reportable_count else anew.reportable_count end as reportable_count
from own
left join anew
    on anew.assay_id = own.assay_id and anew.plate_number = own.plate_number and anew.analyte = own.analyte;

comment on view analyte_standing is 'one row per assay x plate x analyte: its verdict, with what trends find where they find something';
