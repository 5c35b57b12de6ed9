-- One row per assay or import whose findings are said in other words than it was loaded with: the latest counts.
create or replace view saying_current as
with
saying as (from store.saying)
select owner_id, arg_max(wording_hash, sequence) as wording_hash
from saying
group by owner_id;

comment on view saying_current is 'one row per assay or import whose findings are said in other words than it was loaded with: the latest counts';
