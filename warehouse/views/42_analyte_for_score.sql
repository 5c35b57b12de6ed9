-- One row per assay measure of the score: which analyte it means at this site.
create or replace view analyte_for_score as
with
setting as (from score_setting)
select 'il12' as measure, il12_analyte as analyte from setting
union all
select 'il2' as measure, il2_analyte as analyte from setting;

comment on view analyte_for_score is 'one row per assay measure of the score: which analyte it means at this site';
comment on column analyte_for_score.measure is 'il12 or il2';
comment on column analyte_for_score.analyte is 'canonical analyte name';
