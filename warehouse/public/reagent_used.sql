-- One row per standard, control or background of a current run: what it is known to hold.
create or replace view main.reagent_used as
select
    reagent_used.reagent_label, reagent_used.reagent_kind, reagent_used.analyte_reported,
    reagent_used.expected_concentration, reagent_used.expected_text, reagent_used.implied_concentration,
    reagent_used.range_low, reagent_used.range_high, reagent_used.unit_reported, reagent_used.reagent_source,
    reagent_used.source_line, reagent_used.run_id, reagent_used.assay_id
from internal.reagent_used as reagent_used;

comment on view main.reagent_used is 'one row per standard, control or background of a current run: what it is known to hold';
