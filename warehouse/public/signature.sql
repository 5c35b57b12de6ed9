-- One row per signature on a plate: day, meaning, role and a random id; who signed stays in the laboratory.
create or replace view main.signature as
select
    signature.signature_id, signature.plate, signature.plate_number, signature.meaning, signature.role,
    date_diff('day', first.run_on, signature.signed_at::date) as signed_day, signature.is_standing, signature.is_current,
    signature.code_version, signature.config_hash, signature.result_hash, signature.page_hash, signature.sequence, signature.run_id
from internal.signature as signature
cross join (select min(run_on) as run_on from internal.run_day) as first;

comment on view main.signature is 'one row per signature on a plate: day, meaning, role and a random id; who signed stays in the laboratory';
comment on column main.signature.signed_day is 'day on which it was signed, counted from the first plate of the laboratory, which is 0';
