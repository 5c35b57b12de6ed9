-- One row per well x analyte that trends judge otherwise than its plate's own rules.
create or replace view trend_reading_state as
with
judgement as (select judgement_id from trend_judgement),
state as (from store.trend_reading_state)
select
    judgement_id, state.assay_id, state.run_id, state.plate_number, state.well, state.analyte, state.qc_state,
    state.reportable, state.reasons
from state
join judgement using (judgement_id);

comment on view trend_reading_state is 'one row per well x analyte that trends judge otherwise than its plate''s own rules, as of the latest night';
