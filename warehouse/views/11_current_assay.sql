-- One row per current run: the assay that stands for it.
create or replace view current_assay as
with
current_run as (from current_run),
selection as (from store.assay_selection),
assay as (from store.assay),
said as (from saying_current),
latest as (
    select run_id, arg_max(assay_id, sequence) as assay_id
    from selection
    group by run_id
)
select
    assay.assay_id, assay.run_id, current_run.plate_key, assay.layout_file_id, assay.panel, assay.method, assay.profile,
    assay.suite_hash, assay.config_hash, assay.code_version, assay.assayed_at, assay.night_id,
    assay.lot_sheet_file_id, assay.decision_hash, coalesce(said.wording_hash, assay.wording_hash) as wording_hash, assay.recovery_low_pct, assay.recovery_high_pct,
    assay.recovery_end_low_pct, assay.recovery_end_high_pct, assay.level_cv_pct, assay.end_cv_pct, assay.lod_sds,
    assay.run_warn, assay.run_fail, assay.least_passing, assay.least_passing_pct,
    assay.flat_ratio, assay.hook_ratio, assay.inversion_pct, assay.ec50_low_ratio, assay.ec50_high_ratio
from current_run
join latest using (run_id)
join assay using (assay_id)
left join said on said.owner_id = assay.assay_id;

comment on view current_assay is 'one row per current run: the assay that stands for it';
comment on column current_assay.night_id is 'night that computed the assay';
comment on column current_assay.method is 'curve method: robust, xponent or instrument';
comment on column current_assay.config_hash is 'sha256 of the site''s effective configuration';
comment on column current_assay.code_version is 'version of this program';
comment on column current_assay.suite_hash is 'sha256 over what decides in the effective expectation suite';
comment on column current_assay.wording_hash is 'sha256 over the sentences of the suite that its findings speak with today; null before it was kept';
