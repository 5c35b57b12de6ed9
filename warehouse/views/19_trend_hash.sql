-- One row per plate of an assay whose verdicts are others with what trends find: what it is called by.
create or replace view trend_hash as
with
judgement as (select judgement_id from trend_judgement),
hash as (from store.trend_hash)
select judgement_id, hash.assay_id, hash.plate_number, hash.result_hash, hash.held_hash
from hash
join judgement using (judgement_id);

comment on view trend_hash is 'one row per plate, judged with what trends find, as of the latest night: what its results, verdicts and limits are called by';
