-- One row per assay whose verdicts are others with what trends find, as of the latest night that held plates against their history.
create or replace view trend_judgement as
with
latest as (from trend_night),
judgement as (from store.trend_judgement)
select judgement.assay_id, judgement.run_id, judgement.judgement_id
from judgement
join latest using (night_id);

comment on view trend_judgement is 'one row per assay whose verdicts are others with what trends find, as of the latest night';
