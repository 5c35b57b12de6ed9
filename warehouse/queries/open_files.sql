-- One row per file that waits for a person: refused and not replaced, or taken in and of no use yet.
with
file as (from current_import),
night as (select night_id, sequence from store.night),
-- Every file that was taken in, with the name that a mended copy would bear.
good as (
    select 'plates' as kind, file_name as name, run_id as file_id, coalesce(batch, '') as plate, night.sequence
    from store.run
    join night using (night_id)
    union all
    select file.kind, file.name, file.file_id, '' as plate, min(night.sequence)
    from store.clinical_file as file
    join store.clinical_import using (file_id)
    join night using (night_id)
    group by all
),
came_again as (
    select note.kind, note.name, note.sha256 as file_id, night.sequence
    from store.night_note as note
    join night using (night_id)
    where note.code = 'came_again'
),
refused as (
    select
        refusal.kind, refusal.name, refusal.sha256, refusal.message, night.sequence,
        regexp_replace(refusal.name, '\.[^.]*$', '') as stem
    from store.refusal as refusal
    join night using (night_id)
    anti join (select night_id from store.night_end where state = 'interrupted') as killed using (night_id)
    where refusal.name is distinct from left(refusal.sha256, 12)  -- those lie in the archive and wait for nobody
),
-- Mended by a later file of its name, of the plate that its name begins with, or of the part that was put aside; or read after all.
-- In one night only a copy whose name goes on from the refused one's (P01.csv, P01-fixed.csv) can have mended it.
open_refusal as (
    from refused
    where not exists (
        select 1 from good
        where
            good.sequence > refused.sequence and good.file_id = refused.sha256
            or good.kind = refused.kind
            and (
                good.sequence > refused.sequence
                or good.sequence = refused.sequence and good.plate <> '' and good.name <> refused.name
                and starts_with(good.name, refused.stem)
            )
            and (
                good.name = refused.name
                or starts_with(good.name, refused.stem || '.refused')
                or (good.plate <> '' and starts_with(refused.stem, good.plate)
                    and not regexp_matches(substr(refused.stem, length(good.plate) + 1, 1), '[A-Za-z0-9]'))
            )
    )
    -- Bytes of which a part was refused bring that part again, and mend it not.
    and not exists (
        select 1 from came_again as again
        where
            again.kind = refused.kind and again.name = refused.name and again.sequence > refused.sequence
            and again.file_id is distinct from refused.sha256
    )
),
in_quarantine as (
    select
        'file_in_quarantine' as kind, 'file' as object_kind, kind || '/' || name as object_key, null as plate, null as run_id,
        null as subject_id, count(*) as item_count, 'results' as blocks, [name] as names, [] as known,
        arg_max(message, sequence) as detail
    from open_refusal
    group by kind, name
),
unlinked as (
    select file_id, 'labs' as kind, count(*) as row_count
    from store.clinical_lab
    join (select import_id from file) using (import_id)
    where subject_id is null and reason = 'identity_conflict' and candidates is null
    group by file_id
    union all
    select file_id, 'treatments' as kind, count(*) as row_count
    from store.treatment
    join (select import_id from file) using (import_id)
    where subject_id is null and candidates is null
    group by file_id
),
without_linkage as (
    select
        'lab_without_linkage' as kind, 'file' as object_kind, file.kind || '/' || file.name as object_key, null as plate,
        null as run_id, null as subject_id, sum(unlinked.row_count)::bigint as item_count, 'results' as blocks,
        [file.name] as names, [] as known, null as detail
    from unlinked
    join file using (file_id)
    group by file.kind, file.name
),
called as (select distinct coalesce(nullif(batch, ''), left(run_id, 12)) as plate from current_run),
bare as (
    select coalesce(list(distinct coalesce(nullif(run.batch, ''), left(run.run_id, 12))), []) as names
    from current_run as run
    join current_assay using (run_id)
    where current_assay.layout_file_id is null
),
on_a_plate as (
    select distinct specimen_id
    from store.well
    join current_assay using (assay_id)
    where specimen_id is not null
),
-- A layout whose tubes all lie on plates was mended by another that names the plate rightly.
unused_layout as (
    select
        'layout_without_plate' as kind, 'layout' as object_kind, layout_well.plate as object_key, layout_well.plate,
        null as run_id, null as subject_id, count(distinct layout_well.well) as item_count, null as blocks,
        [layout_well.plate] as names, any_value(bare.names) as known, null as detail
    from store.layout_well as layout_well
    join file using (import_id)
    anti join called using (plate)
    left join on_a_plate on on_a_plate.specimen_id = layout_well.specimen_id
    cross join bare
    group by layout_well.plate
    having count(layout_well.specimen_id) = 0 or count(layout_well.specimen_id) > count(on_a_plate.specimen_id)
),
-- A later sheet about the same kit, lot and plates has taken the place of an earlier one.
-- So has one that holds the same concentrations for another lot or plate: the lot was mistyped, and is mended.
sheet as (
    select
        file.kind || '/' || file.name as object_key, file.name, min(sheet.lot_number) as lot_number, min(sheet.plates) as plates,
        min(sheet.kit_name) as kit_name, file.sequence,
        sha256(string_agg(concat_ws('|', reagent_label, analyte_reported, expected_text), ';' order by reagent_label, analyte_reported)) as content
    from store.lot_sheet as sheet
    join file using (import_id)
    group by file.kind, file.name, file.sequence
),
standing_sheet as (
    from sheet
    where not exists (
        select 1 from sheet as later
        where later.sequence > sheet.sequence
            and (
                later.content = sheet.content
                or (lower(trim(coalesce(later.kit_name, ''))), lower(trim(coalesce(later.lot_number, ''))), lower(trim(coalesce(later.plates, ''))))
                    = (lower(trim(coalesce(sheet.kit_name, ''))), lower(trim(coalesce(sheet.lot_number, ''))), lower(trim(coalesce(sheet.plates, ''))))
            )
    )
),
lot as (
    select distinct lot_number, lower(regexp_replace(lot_number, '\s', '', 'g')) as folded
    from store.lot
    join (select run_id from current_run) using (run_id)
    where lot_kind in ('kit', 'standard') and lot_number is not null
),
lots as (select coalesce(list(lot_number order by lot_number), []) as names from lot),
plates as (select coalesce(list(plate order by plate), []) as names from called),
unused_sheet as (
    select
        'sheet_without_plate' as kind, 'file' as object_kind, sheet.object_key, null as plate, null as run_id,
        null as subject_id, 1 as item_count, null as blocks,
        list_distinct(flatten([[min(sheet.name)], string_split(coalesce(min(sheet.plates), min(sheet.lot_number), ''), ' | ')])) as names,
        if(min(sheet.plates) is null, any_value(lots.names), any_value(plates.names)) as known,
        if(min(sheet.plates) is null, 'lot', 'plates') as detail
    from standing_sheet as sheet
    cross join lots
    cross join plates
    where
        case
            when sheet.plates is null
                then coalesce(lower(regexp_replace(sheet.lot_number, '\s', '', 'g')) not in (select folded from lot), true)
            else not list_has_any(string_split(sheet.plates, ' | '), plates.names)
        end
    group by sheet.object_key
)
from in_quarantine
union all by name from without_linkage
union all by name from unused_layout
union all by name from unused_sheet;
