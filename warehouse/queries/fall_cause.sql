-- One row per subject x cause: why a subject may have lost its score in the nights after the one with sequence $since.
-- The views that it reads are made as temporary tables before it runs.
with
night as (select night_id from store.night where sequence > $since),
run as (select run_id, content_hash from store.run),
imported as (select import_id, file_id from current_import),
-- Files that no night up to then had: one that is only derived anew brings nothing new about anybody.
fresh as (
    select imported.import_id, imported.file_id
    from imported
    join (select file_id, arg_min(night_id, sequence) as night_id from store.clinical_import group by file_id) using (file_id)
    semi join night using (night_id)
),
owner as (select distinct specimen_id, subject_id from store.specimen where subject_id is not null),
on_run as (
    select distinct assay.run_id, assay.night_id, owner.subject_id
    from store.well as well
    join store.assay as assay using (assay_id)
    join owner using (specimen_id)
),
-- Notes on charts, signatures and items that are put off change no result, nor does taking them back.
noted as (select sequence from store.decision where kind in ('annotate', 'later', 'sign')),
idle as (
    from noted
    union
    select event.sequence from store.decision as event join noted on event.reverses = noted.sequence
),
-- A held well has no specimen, so that it concerns every subject of its plate.
cause_of_run as (
    select run.run_id, 'decisions' as cause
    from store.decision as event
    semi join night using (night_id)
    anti join idle using (sequence)
    join run on event.plate_content in (run.run_id, run.content_hash)
    union all
    select current_assay.run_id, 'held wells' as cause
    from current_assay
    semi join night using (night_id)
    join store.well as well on well.assay_id = current_assay.assay_id and well.doubt is not null
    union all
    select run_id, 'held plates' as cause from held_plate
    union all
    select run_id, 'supersessions' as cause from store.supersession semi join night using (night_id)
    union all
    select run_id, 'trend alarms' as cause from trend_judgement
    union all
    -- Where accepted plates score alone, one that nobody has accepted as it is now answers for nobody.
    select run.run_id, 'decisions' as cause
    from (select run_id from current_run) as run
    cross join score_setting as setting
    anti join accepted_plate using (run_id)
    where setting.only_accepted
),
cause_of_subject as (
    select replaced_lab.subject_id, 'retractions' as cause
    from replaced_lab
    where by_file_id in (select file_id from fresh) or file_id in (select file_id from fresh)
    union all
    select unnest(string_split(candidates, ';')) as subject_id, 'identity conflicts' as cause
    from store.clinical_lab
    semi join imported using (import_id)
    where candidates is not null
    union all
    select unnest(string_split(candidates, ';')) as subject_id, 'identity conflicts' as cause
    from store.treatment
    semi join imported using (import_id)
    where candidates is not null
    union all
    select subject_id, 'newer input' as cause from store.clinical_lab semi join fresh using (import_id)
    union all
    select subject_id, 'newer input' as cause from store.treatment semi join fresh using (import_id)
    union all
    select subject_id, 'newer input' as cause from store.specimen semi join fresh using (import_id)
    union all
    select subject_id, 'newer input' as cause from on_run semi join night using (night_id)
    union all
    select on_run.subject_id, cause_of_run.cause
    from on_run
    join cause_of_run using (run_id)
)
select distinct subject_id, cause
from cause_of_subject
where subject_id is not null
order by subject_id, cause
