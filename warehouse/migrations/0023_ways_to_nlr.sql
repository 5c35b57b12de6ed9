-- How neutrophils / lymphocytes were come by, and every line that a value was made of.
alter table store.score_input add column "nlr_source" VARCHAR;
alter table store.score_input add column "part_keys" VARCHAR;
comment on column store.score_input."nlr_source" is 'way to neutrophils / lymphocytes: counts, wbc_x_percent or percent; manual_ before it where one was counted by hand, segs_bands_ where segmented and band forms were added; null on other measures';
comment on column store.score_input."part_keys" is 'file_id:line of what else the value was made of (band forms, leukocytes), joined by ;';
alter table store.score_component add column "nlr_source" VARCHAR;
comment on column store.score_component."nlr_source" is 'way to the NLR, as in score_input; null on other components';
