-- How many names of samples two exports of one plate put beside other readings, or in other wells ($one, $other).
-- A sample's name is its specimen, else its label; spreadsheets drop leading zeros of a label.
with
chosen as (
    select run_id, arg_max(assay_id, sequence) as assay_id
    from store.assay_selection
    where run_id in ($one, $other)
    group by run_id
),
named as (
    select
        chosen.run_id, well.plate_number, well.well,
        coalesce(well.specimen_id, nullif(ltrim(lower(trim(well.sample_label)), '0'), '')) as name
    from chosen
    join store.well as well using (assay_id)
    where well.well_role in ('unknown', 'unknown_role') and name is not null
),
measured as (
    select run_id, plate_number, well, string_agg(printf('%.6g', mfi), ' ' order by mfi) as mfis
    from store.reading
    where run_id in ($one, $other) and mfi is not null
    group by run_id, plate_number, well
),
-- Wells may share their readings where there are few; their names are compared together.
by_reading as (
    select run_id, mfis, list_sort(list_distinct(list(name))) as names
    from named
    join measured using (run_id, plate_number, well)
    group by run_id, mfis
)
select
    (
        select count(*)
        from by_reading as mine
        join by_reading as theirs using (mfis)
        where mine.run_id = $one and theirs.run_id = $other and mine.names <> theirs.names
    ) + (
        select count(*)
        from named as mine
        join named as theirs using (plate_number, well)
        where mine.run_id = $one and theirs.run_id = $other and mine.name <> theirs.name
    ) as named_otherwise;
