-- One row per analyte that a current plate measures.
create or replace view main.analyte as
select
    analyte.analyte, analyte.spellings, analyte.bead_regions, analyte.units, analyte.plate_count,
    analyte.sample_result_count, analyte.reportable_count, analyte.lowest_lloq, analyte.highest_uloq,
    analyte.plates_passed, analyte.plates_warned, analyte.plates_failed
from internal.analyte as analyte;

comment on view main.analyte is 'one row per analyte that a current plate measures';
