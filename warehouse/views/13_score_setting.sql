-- One row: the knobs of the join rules as they stand, defaults where a site has set none.
create or replace view score_setting as
with
setting as (from store.setting),
latest as (
    select name, arg_max(value, sequence) as value
    from setting
    group by name
)
select
    coalesce(max(value) filter (name = 'window_days'), '7')::bigint as window_days,
    coalesce(max(value) filter (name = 'il12_analyte'), 'IL-12p70') as il12_analyte,
    coalesce(max(value) filter (name = 'il2_analyte'), 'IL-2') as il2_analyte,
    coalesce(max(value) filter (name = 'repeat_cv_pct'), '25')::double as repeat_cv_pct,
    coalesce(max(value) filter (name = 'parallelism_pct'), '30')::double as parallelism_pct,
    coalesce(max(value) filter (name = 'nlr_differs_pct'), '5')::double as nlr_differs_pct,
    coalesce(max(value) filter (name = 'nlr_contradicts_pct'), '10')::double as nlr_contradicts_pct,
    list_filter(string_split(coalesce(max(value) filter (name = 'regimens'), ''), '; '), lambda name: name <> '') as regimens,
    list_filter(string_split(coalesce(max(value) filter (name = 'materials'), 'serum'), '; '), lambda name: name <> '') as materials,
    coalesce(max(value) filter (name = 'panels'), '') as panels,
    coalesce(max(value) filter (name = 'only_accepted'), 'False') = 'True' as only_accepted
from latest;

comment on view score_setting is 'one row: the knobs of the join rules as they stand';
comment on column score_setting.window_days is 'a draw counts from 0 to so many calendar days before treatment start';
comment on column score_setting.il12_analyte is 'analyte that the IL-12 component means';
comment on column score_setting.il2_analyte is 'analyte that the IL-2 component means';
comment on column score_setting.repeat_cv_pct is 'plates that repeat a specimen agree up to this CV, percent';
comment on column score_setting.parallelism_pct is 'dilutions of a specimen are flagged beyond this difference, percent';
comment on column score_setting.nlr_differs_pct is 'two ways to neutrophils / lymphocytes of one specimen that differ by more are told, percent';
comment on column score_setting.nlr_contradicts_pct is 'and by more than this are a conflict, percent';
comment on column score_setting.regimens is 'regimens that the score is meant for, each in the spelling of the table; empty: all';
comment on column score_setting.materials is 'materials in which the score was found, in small letters; of a draw with tubes of several, these answer';
comment on column score_setting.panels is 'kits whose plates may answer, one a line; empty for all';
comment on column score_setting.only_accepted is 'a plate answers only once a person has accepted it';
