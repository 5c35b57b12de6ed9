-- One row per treated subject x specimen, eligible or not, with the reason and whether a plate holds it.
create or replace view eligible_draw as
with
specimen as (from specimen_current),
draw as (from draw_window where source = 'specimen'),
assay as (select assay_id from scoring_assay),
plated as (
    select distinct specimen_id
    from store.well
    join assay using (assay_id)
    where well_role = 'unknown' and specimen_id is not null
)
select
    specimen.subject_id, specimen.specimen_id, specimen.collected_at, specimen.has_time, specimen.material,
    draw.days_before_start, draw.window_state, draw.is_same_day_unordered,
    specimen.reason is null and coalesce(draw.is_eligible, false) as is_eligible,
    coalesce(specimen.reason, case when not draw.is_eligible then 'outside_window' end) as reason,
    plated.specimen_id is not null as is_assayed
from specimen
semi join subject_start using (subject_id)
left join draw
    on draw.subject_id = specimen.subject_id and draw.collected_at = specimen.collected_at
    and draw.has_time = specimen.has_time
left join plated on plated.specimen_id = specimen.specimen_id;

comment on view eligible_draw is 'one row per treated subject x specimen, eligible or not, with the reason';
comment on column eligible_draw.is_eligible is 'the specimen counts as baseline';
comment on column eligible_draw.reason is 'why it does not count, from the closed list; null where it does';
comment on column eligible_draw.is_assayed is 'a current plate of a kit that scores holds it';
