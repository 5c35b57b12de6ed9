-- One row per analyte that a current plate measures.
create or replace view analyte as
with
result_all as (from result_all),
verdict as (
    select v.analyte, v.state
    from analyte_standing as v
    join current_assay using (assay_id)
    anti join held_plate on held_plate.run_id = v.run_id and held_plate.plate_number = v.plate_number
),
measured as (
    select
        analyte,
        string_agg(distinct analyte_reported, '; ' order by analyte_reported) as spellings,
        string_agg(distinct bead_region, '; ' order by bead_region) as bead_regions,
        string_agg(distinct unit, '; ' order by unit) as units,
        count(distinct (assay_id, plate_number)) as plate_count,
        count(*) filter (well_role = 'unknown') as sample_result_count,
        count(*) filter (reportable) as reportable_count,
        min(lloq) filter (well_role = 'unknown') as lowest_lloq,
        max(uloq) filter (well_role = 'unknown') as highest_uloq
    from result_all
    group by analyte
),
judged as (
    select
        analyte,
        count(*) filter (state = 'pass') as plates_passed,
        count(*) filter (state = 'warn') as plates_warned,
        count(*) filter (state = 'fail') as plates_failed
    from verdict
    group by analyte
)
select
    measured.analyte, measured.spellings, measured.bead_regions, measured.units, measured.plate_count,
    measured.sample_result_count, measured.reportable_count, measured.lowest_lloq, measured.highest_uloq,
    judged.plates_passed, judged.plates_warned, judged.plates_failed
from measured
left join judged using (analyte);

comment on view analyte is 'one row per analyte that a current plate measures';
comment on column analyte.analyte is 'canonical analyte name';
comment on column analyte.spellings is 'names that the exports use, joined by ''; ''';
comment on column analyte.bead_regions is 'bead regions, joined by ''; ''';
comment on column analyte.units is 'units of concentration, joined by ''; ''';
comment on column analyte.plate_count is 'current plates that measure it';
comment on column analyte.sample_result_count is 'readings of samples';
comment on column analyte.reportable_count is 'readings of samples that may be reported';
comment on column analyte.lowest_lloq is 'lowest LLOQ x dilution of a sample over the plates';
comment on column analyte.highest_uloq is 'highest ULOQ x dilution of a sample over the plates';
comment on column analyte.plates_passed is 'plates on which it passed; a held plate counts nowhere';
comment on column analyte.plates_warned is 'plates on which it passed with a warning';
comment on column analyte.plates_failed is 'plates on which it failed';
