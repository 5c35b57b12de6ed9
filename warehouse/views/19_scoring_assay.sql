-- One row per current assay that a score may be computed from: those of the kits that the site lets score, all where it names none.
create or replace view scoring_assay as
with
setting as (select panels from score_setting),
assay as (from current_assay)
select assay_id, run_id, panel
from assay
cross join setting
where panels = '' or list_contains(string_split(panels, chr(10)), panel);

comment on view scoring_assay is 'one row per current assay that a score may be computed from';
comment on column scoring_assay.panel is 'kit of the plate; null where the site names none';
