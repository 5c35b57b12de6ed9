-- One row per thing that happened since the release before x what it is about: the causes that changes may have. $since: sequence of
-- the night of that release. scope: run, row (a laboratory row that came), lost (one that was taken back or replaced), lab (rows of a
-- subject and measure), subject, file (derived anew), plate (any), setting, any. replaced and config are made before it runs.
with
night as (select night_id from store.night where sequence > $since),
run as (select run_id, night_id, content_hash, plate_key from store.run),
came_run as (select run_id from run semi join night using (night_id)),
import_of as (from store.clinical_import),
came_file as (
    select file_id
    from (select file_id, arg_min(night_id, sequence) as night_id from import_of group by file_id)
    semi join night using (night_id)
),
chosen as (
    select
        file_id, arg_max(import_id, sequence) as import_id,
        arg_max(import_id, sequence) filter (night_id not in (from night)) as earlier_id
    from store.import_selection
    group by file_id
),
came_import as (select import_id, file_id from chosen semi join came_file using (file_id)),
-- Notes on charts, items that are put off, and words and removals of releases change no result, nor does taking them back; what is
-- accepted is no cause.
idle as (
    select sequence
    from store.decision
    where kind in ('annotate', 'later', 'accept_fall', 'erase', 'name_release', 'prune', 'sign')
),
-- An acceptance changes what is said of the plate; scores only where the site scores accepted plates alone.
acceptance as (select sequence from store.decision where kind = 'accept'),
decided as (
    select
        event.sequence, event.plate_content, event.kind,
        event.sequence in (from acceptance) or coalesce(event.reverses in (from acceptance), false) as is_acceptance
    from store.decision as event
    semi join night using (night_id)
    anti join idle using (sequence)
    where event.reverses is null or event.reverses not in (from idle)
),
of_run as (
    select run.run_id, decided.sequence, decided.is_acceptance
    from decided
    join run on decided.plate_content in (run.run_id, run.content_hash)
),
on_run as (
    select run_id, sequence
    from of_run
    where not is_acceptance or (select only_accepted from score_setting)
),
-- Which other files hold the same readings, or the same plate: of these at most one counts.
party as (
    select own.run_id, other.run_id as other_id
    from store.plate_reading as own
    join store.plate_reading as other on other.reading_hash = own.reading_hash and other.run_id <> own.run_id
    union
    select own.run_id, other.run_id as other_id
    from run as own
    join run as other on other.plate_key = own.plate_key and other.run_id <> own.run_id
),
selection as (
    select
        run_id, arg_max(assay_id, sequence) as assay_id,
        arg_max(assay_id, sequence) filter (night_id not in (from night)) as earlier_id
    from store.assay_selection
    group by run_id
),
anew as (
    select
        now.run_id,
        (now.layout_file_id, now.lot_sheet_file_id) is distinct from (was.layout_file_id, was.lot_sheet_file_id) as has_other_files,
        (now.suite_hash, now.panel, now.method, now.profile) is distinct from (was.suite_hash, was.panel, was.method, was.profile)
            as has_other_rules,
        now.code_version as code_version, now.code_version <> was.code_version as has_other_code
    from selection
    join store.assay as now on now.assay_id = selection.assay_id
    join store.assay as was on was.assay_id = selection.earlier_id
    where selection.assay_id <> selection.earlier_id
),
row_of as (
    select
        lab.subject_id, lab.analyte, lab.candidates, lab.file_id || ':' || lab.source_line as key,
        case when lab.status in ('cancelled', 'entered_in_error') then 'retraction' else 'laboratory_result' end as kind
    from store.clinical_lab as lab
    semi join came_import using (import_id)
),
person_of as (
    select subject_id, candidates, file_id || ':' || source_line as key, 'treatment' as kind
    from store.treatment semi join came_import using (import_id)
    union all
    select subject_id, null as candidates, file_id || ':' || source_line as key, 'specimen' as kind
    from store.specimen semi join came_import using (import_id)
),
derived_anew as (
    select
        chosen.file_id, now.linkage_hash is distinct from was.linkage_hash as has_other_linkage,
        now.settings_hash <> was.settings_hash as has_other_settings
    from chosen
    join import_of as now on now.import_id = chosen.import_id
    join import_of as was on was.import_id = chosen.earlier_id
    where chosen.import_id <> chosen.earlier_id
),
-- What a linkage table says otherwise is its cause, and not the file whose rows it gives to others.
linkage as (select file_id as linkage_id from store.clinical_file semi join came_file using (file_id) where kind = 'linkage'),
of_file as (
    select file_id, 'laboratory_result' as cause_kind, coalesce(linkage_id, file_id) as cause_key
    from derived_anew
    left join linkage on true
    where has_other_linkage
    union all
    select file_id, 'configuration' as cause_kind, config.config_hash as cause_key
    from derived_anew
    cross join config
    where not has_other_linkage and has_other_settings
),
person_anew as (
    select file_id, subject_id from store.specimen
    union all
    select file_id, subject_id from store.treatment
    union all
    select file_id, unnest(string_split(candidates, ';')) as subject_id from store.treatment where candidates is not null
    union all
    select file_id, subject_id from store.clinical_lab
    union all
    select file_id, unnest(string_split(candidates, ';')) as subject_id from store.clinical_lab where candidates is not null
),
event as (
    select 'run' as scope, run_id as name, 'plate' as cause_kind, run_id as cause_key from came_run
    union all
    select 'run' as scope, run_id as name, 'plate' as cause_kind, superseded_by as cause_key
    from store.supersession semi join night using (night_id)
    union all
    select 'run' as scope, run_id as name, 'decision' as cause_kind, sequence::varchar as cause_key from on_run
    union all
    select 'review' as scope, run_id as name, 'decision' as cause_kind, sequence::varchar as cause_key from of_run where is_acceptance
    union all
    select 'run' as scope, party.run_id as name, 'plate' as cause_kind, party.other_id as cause_key
    from party join came_run on came_run.run_id = party.other_id
    where party.run_id not in (from came_run)
    union all
    select 'run' as scope, party.run_id as name, 'decision' as cause_kind, on_run.sequence::varchar as cause_key
    from party join on_run on on_run.run_id = party.other_id
    union all
    select 'run' as scope, run_id as name, 'plate' as cause_kind, run_id as cause_key from anew where has_other_files
    union all
    select 'run' as scope, run_id as name, 'configuration' as cause_kind, config.config_hash as cause_key
    from anew cross join config
    where has_other_rules
    union all
    select 'run' as scope, run_id as name, 'code' as cause_kind, code_version as cause_key
    from anew
    where has_other_code and not has_other_rules and not has_other_files and run_id not in (select run_id from on_run)
    union all
    select 'row' as scope, key as name, kind as cause_kind, key as cause_key from row_of
    union all
    select 'lost' as scope, key as name, 'retraction' as cause_kind, by_key as cause_key from replaced
    where split_part(by_key, ':', 1) in (from came_file) or split_part(key, ':', 1) in (from came_file)
    union all
    select 'lab' as scope, subject_id || ' ' || coalesce(lab_part.measure, 'any') as name, kind as cause_kind, key as cause_key
    from (
        select subject_id, analyte, key, kind from row_of where subject_id is not null
        union all
        select unnest(string_split(candidates, ';')) as subject_id, analyte, key, kind from row_of where candidates is not null
    )
    join lab_part using (analyte)
    union all
    select 'subject' as scope, subject_id as name, 'laboratory_result' as cause_kind, key as cause_key
    from (
        select subject_id, key from person_of where subject_id is not null
        union all
        select unnest(string_split(candidates, ';')) as subject_id, key from person_of where candidates is not null
    )
    union all
    select 'start' as scope, subject_id as name, 'laboratory_result' as cause_kind, key as cause_key
    from person_of
    where subject_id is not null and kind = 'treatment'
    union all
    select 'anew' as scope, subject_id as name, cause_kind, cause_key
    from person_anew join of_file using (file_id)
    where subject_id is not null
    union all
    select 'file' as scope, file_id as name, cause_kind, cause_key from of_file
    union all
    select 'plate' as scope, '' as name, 'plate' as cause_kind, run_id as cause_key from came_run
    union all
    select 'plate' as scope, '' as name, 'decision' as cause_kind, sequence::varchar as cause_key from decided
    union all
    select 'setting' as scope, '' as name, 'configuration' as cause_kind, config_hash as cause_key from config where is_another
    union all
    select 'setting' as scope, '' as name, 'code' as cause_kind, code_version as cause_key from config where is_other_code
    union all
    select 'any' as scope, '' as name, 'laboratory_result' as cause_kind, file_id as cause_key from came_file
    union all
    -- Where nothing else is new, the program computes otherwise, whatever it calls itself.
    select 'nothing' as scope, '' as name, 'code' as cause_kind, code_version as cause_key from config
)
select distinct scope, name, cause_kind, cause_key
from event
