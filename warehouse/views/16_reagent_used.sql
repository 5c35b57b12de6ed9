-- One row per standard or control x analyte of a current run, as its assay took them: the export's, filled from the kit's lot sheet where there is one.
create or replace view reagent_used as
with
assay as (select run_id, assay_id, lot_sheet_file_id from current_assay),
reagent as (from store.reagent),
analyte as (select run_id, analyte_reported, unit_reported from store.analyte_run),
filled as (from store.assay_reagent)
select
    reagent.run_id, assay.assay_id, reagent.reagent_label, reagent.reagent_kind, reagent.analyte_reported,
    reagent.expected_concentration, reagent.expected_text, reagent.range_low, reagent.range_high, analyte.unit_reported,
    'export' as reagent_source, reagent.source_line, reagent.implied_concentration
from reagent
join assay using (run_id)
left join analyte on analyte.run_id = reagent.run_id and analyte.analyte_reported = reagent.analyte_reported
where assay.lot_sheet_file_id is null
union all
select
    filled.run_id, assay.assay_id, filled.reagent_label, filled.reagent_kind, filled.analyte_reported,
    filled.expected_concentration, filled.expected_text, filled.range_low, filled.range_high, filled.unit_reported,
    filled.reagent_source, filled.source_line, filled.implied_concentration
from filled
join assay using (assay_id);

comment on view reagent_used is 'one row per standard or control x analyte of a current run, as its assay took them: the export''s, filled from the kit''s lot sheet where there is one';
comment on column reagent_used.expected_concentration is 'expected concentration, in unit_reported';
comment on column reagent_used.range_low is 'low end of the control''s range, in unit_reported';
comment on column reagent_used.range_high is 'high end of the control''s range, in unit_reported';
comment on column reagent_used.unit_reported is 'unit as the export or the lot sheet writes it';
comment on column reagent_used.reagent_label is 'label in the reagent table or the lot sheet';
comment on column reagent_used.source_line is '1-based line of the export, or of the lot sheet where that is the source';
comment on column reagent_used.reagent_source is 'export, lot_sheet, or both where the sheet fills what the export leaves';
comment on column reagent_used.implied_concentration is 'what the other standards, or Result and % Recovery, say it should be; null where the written one may be right';
