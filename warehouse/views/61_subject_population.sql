-- One row per subject with a treatment start: what tells whether the score was found in patients like this one.
create or replace view subject_population as
with
subject as (from subject_start where started_at is not null),
anchor as (select subject_id, unnest(specimen_ids) as specimen_id from anchor_draw),
draw as (select subject_id, specimen_id, material from eligible_draw),
-- Where cytokines of the draw count, the tubes behind them are meant; else all of the draw.
counted as (
    select subject_id, list_sort(list_distinct(flatten(list(materials)))) as materials
    from draw_result
    where value_op is not null
    group by subject_id
),
drawn as (
    select anchor.subject_id, list(distinct draw.material order by draw.material) filter (draw.material is not null) as materials
    from anchor
    join draw on draw.subject_id = anchor.subject_id and draw.specimen_id = anchor.specimen_id
    group by anchor.subject_id
)
select
    subject.subject_id, subject.regimen, subject.is_of_regimen, subject.other_lines, subject.age, subject.child_pugh,
    subject.ecog, if(counted.subject_id is null, drawn.materials, nullif(counted.materials, [])) as materials
from subject
left join counted on counted.subject_id = subject.subject_id
left join drawn on drawn.subject_id = subject.subject_id;

comment on view subject_population is 'one row per subject with a treatment start: what tells whether the score was found in patients like this one';
comment on column subject_population.materials is 'materials of the draw whose cytokines count, as written';
