-- One row per subject of the latest night: the group under every cut-off set.
create or replace view main.score_side_by_side as
select
    side.subject_id, side.cohort, scored.study_day, side.cutoff_set, side.score, side.score_min, side.score_max,
    side."group" as pbis_group, side.nlr_point, side.crp_point, side.il12_point, side.il2_point, side.every_set,
    side.group_count, side.il2_reading_matters
from internal.score_side_by_side as side
left join internal.scored_subject as scored using (subject_id);

comment on view main.score_side_by_side is 'one row per subject of the latest night: the group under every cut-off set';
comment on column main.score_side_by_side.cohort is 'cohort';
comment on column main.score_side_by_side.study_day is 'day of the draw that the score rests on; 0 is the day of the first dose, negative before; null where there is none';
comment on column main.score_side_by_side.pbis_group is 'high, low, indeterminate or not_scored';
