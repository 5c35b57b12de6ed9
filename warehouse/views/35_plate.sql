-- One row per current plate of a run, with the verdict that the rules propose.
create or replace view plate as
with
assay as (from current_assay),
run as (from current_run),
verdict as (from plate_standing),
held as (select run_id, plate_number, sentence from held_plate),
review as (from plate_review),
kit as (
    select
        run_id,
        string_agg(distinct lot_number, '; ' order by lot_number) filter (lot_kind = 'kit') as kit_lots,
        string_agg(distinct lot_number, '; ' order by lot_number) filter (lot_kind = 'standard') as standard_lots,
        string_agg(distinct lot_number, '; ' order by lot_number) filter (lot_kind = 'qc_control') as control_lots
    from lot_used
    group by run_id
),
shape as (
    select
        assay_id, plate_number, count(*) as well_count,
        count(*) filter (well_role = 'unknown') as sample_well_count,
        count(distinct specimen_id) as specimen_count
    from store.well
    group by assay_id, plate_number
)
select
    run.run_id, assay.assay_id, run.plate_key, run.file_name,
    coalesce(run.batch, left(run.run_id, 12)) as plate, shape.plate_number, run.format, run.instrument_type,
    run.software_version, run.protocol_name, run.started_at, run.stopped_at, run.exported_at, run.is_resaved, run.crc_state,
    kit.kit_lots, kit.standard_lots, kit.control_lots, assay.panel, assay.method, assay.profile, assay.layout_file_id,
    shape.well_count, shape.sample_well_count, shape.specimen_count,
    case when held.run_id is null then verdict.state else 'held' end as state,
    case when held.run_id is null then verdict.sentence else held.sentence || ' By the rules: ' || verdict.sentence end
        as sentence,
    case when held.run_id is null then verdict.analytes_passed else 0 end as analytes_passed,
    case when held.run_id is null then verdict.analytes_warned else 0 end as analytes_warned,
    case when held.run_id is null then verdict.analytes_failed else 0 end as analytes_failed,
    verdict.low_bead_wells,
    case when held.run_id is null or verdict.reportable_pct is null then verdict.reportable_pct else 0 end as reportable_pct,
    verdict.expected_false_alarms,
    assay.suite_hash, assay.config_hash, assay.code_version, assay.lot_sheet_file_id, assay.decision_hash,
    coalesce(run.content_hash, run.run_id) as plate_content,
    review.review_state, review.reviewed_at, review.signed, review.exclusion_count, review.accepted_version,
    review.answered_by_run_id, review.result_hash
from assay
join run on run.run_id = assay.run_id
join shape on shape.assay_id = assay.assay_id
left join verdict on verdict.assay_id = assay.assay_id and verdict.plate_number = shape.plate_number
left join held on held.run_id = assay.run_id and held.plate_number = shape.plate_number
left join kit on kit.run_id = run.run_id
left join review on review.run_id = assay.run_id and review.plate_number = shape.plate_number;

comment on view plate is 'one row per current plate of a run, with the verdict that the rules propose';
comment on column plate.plate is 'plate name: the batch, or the first characters of run_id';
comment on column plate.plate_number is 'plate within the batch, from 1';
comment on column plate.started_at is 'start of the batch, instrument wall time';
comment on column plate.kit_lots is 'kit lots, joined by ''; ''';
comment on column plate.standard_lots is 'lots of standards, joined by ''; ''';
comment on column plate.control_lots is 'lots of controls, joined by ''; ''';
comment on column plate.method is 'curve method: robust, xponent or instrument';
comment on column plate.well_count is 'wells with a role';
comment on column plate.sample_well_count is 'wells that hold samples';
comment on column plate.specimen_count is 'specimens on the plate';
comment on column plate.state is 'pass, warn or fail, proposed by rules; held until a person decides: between twins, or whether what was said of an earlier export holds';
comment on column plate.sentence is 'the verdict in one sentence with numbers';
comment on column plate.config_hash is 'sha256 of the site''s effective configuration';
comment on column plate.code_version is 'version of this program';
comment on column plate.suite_hash is 'sha256 over what decides in the effective expectation suite';
comment on column plate.expected_false_alarms is 'findings expected on a good plate of this size';
comment on column plate.plate_content is 'what decisions call the plate: content hash of its readings, or run_id where it has none';
