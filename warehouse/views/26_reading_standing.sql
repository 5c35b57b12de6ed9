-- One row per assay x well x analyte: what findings do to the reading, those of trends included.
create or replace view reading_standing as
with
own as (from store.reading_state),
anew as (from trend_reading_state)
select
    own.assay_id, own.run_id, own.plate_number, own.well, own.analyte,
    case when anew.assay_id is null then own.qc_state else anew.qc_state end as qc_state,
    case when anew.assay_id is null then own.reportable else anew.reportable end as reportable,
    case when anew.assay_id is null then own.reasons else anew.reasons end as reasons
from own
left join anew
    on anew.assay_id = own.assay_id and anew.plate_number = own.plate_number and anew.well = own.well
    and anew.analyte = own.analyte;

comment on view reading_standing is 'one row per assay x well x analyte: what findings do to the reading, those of trends included';
