-- One row per decision of a person about a plate, with whether it stands and on which run of the plate; who decided and the words of the reason stay in the laboratory.
create or replace view main.decision as
select
    decision.sequence, decision.kind, decision.is_standing, decision.plate, decision.plate_number, decision.well,
    decision.replicate_group, decision.analyte, decision.rule, decision.cause, decision.reverses,
    decision.reversed_by, decision.plate_content, decision.run_id, decision.decision_id, decision.previous_id
from internal.decision as decision;

comment on view main.decision is 'one row per decision of a person about a plate, with whether it stands and on which run of the plate; who decided and the words of the reason stay in the laboratory';
