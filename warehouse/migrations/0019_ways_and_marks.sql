-- How neutrophils / lymphocytes were come by, and every line that a value was made of.
alter table store.score_input add column "nlr_source" VARCHAR;
alter table store.score_input add column "part_keys" VARCHAR;
comment on column store.score_input."nlr_source" is 'way to neutrophils / lymphocytes: counts, wbc_x_percent or percent; manual_ before it where one was counted by hand, segs_bands_ where segmented and band forms were added; null on other measures';
comment on column store.score_input."part_keys" is 'file_id:line of what else the value was made of (band forms, leukocytes), joined by ;';
alter table store.score_component add column "nlr_source" VARCHAR;
comment on column store.score_component."nlr_source" is 'way to the NLR, as in score_input; null on other components';
-- On what a patient was treated and who it was, as far as it says whether the score was found in such patients; and the marks
-- that stand beside a score for it.
alter table store.treatment add column "regimen_name" VARCHAR;
alter table store.treatment add column "age" DOUBLE;
alter table store.treatment add column "child_pugh" VARCHAR;
alter table store.treatment add column "ecog" BIGINT;
comment on column store.treatment."regimen_name" is 'the regimen in the one spelling that the table of regimens gives it';
comment on column store.treatment."age" is 'age at the start, years; 90 in a release where it is more than 89';
comment on column store.treatment."child_pugh" is 'Child-Pugh class with points (A5), or either alone';
comment on column store.treatment."ecog" is 'ECOG performance status, 0 to 5';
alter table store.score add column "marks" VARCHAR;
alter table store.score add column "mark_reasons" VARCHAR;
comment on column store.score."marks" is 'at_cut, near_cut, outside_population, implausible, joined by ''; ''; a mark never changes a point';
comment on column store.score."mark_reasons" is 'mark: why, joined by ''; ''';
