-- Draws that the score does not take, such as those under treatment, are scored by its rules: what each was computed from, and its scores.
create table store.visit_input (
    "night_id" VARCHAR not null,
    "subject_id" VARCHAR not null,
    "drawn_at" TIMESTAMP not null,
    "cohort" VARCHAR,
    "treatment_started_on" DATE,
    "measure" VARCHAR not null,
    "value_op" VARCHAR,
    "value_text" VARCHAR,
    "unit" VARCHAR,
    "ci_low" DOUBLE,
    "ci_high" DOUBLE,
    "reason" VARCHAR,
    "detail" VARCHAR,
    "source_kind" VARCHAR,
    "source_key" VARCHAR,
    "specimen_id" VARCHAR,
    "collected_at" TIMESTAMP,
    "days_before_start" BIGINT,
    "is_same_day_unordered" BOOLEAN,
    "nlr_source" VARCHAR,
    "part_keys" VARCHAR,
    "plate_cv_pct" DOUBLE,
    "plate_cv_count" BIGINT,
    primary key ("night_id", "subject_id", "drawn_at", "measure")
);
comment on table store.visit_input is 'one row per subject x draw that the score does not take x measure; every draw has all six';
comment on column store.visit_input."night_id" is 'night that wrote the row';
comment on column store.visit_input."subject_id" is 'study id';
comment on column store.visit_input."drawn_at" is 'draw whose cytokines count, which names the visit, site wall time';
comment on column store.visit_input."cohort" is 'cohort';
comment on column store.visit_input."treatment_started_on" is 'treatment start';
comment on column store.visit_input."measure" is 'neutrophils, lymphocytes, crp, il12, il2 or afp';
comment on column store.visit_input."value_op" is '=, <, <=, > or >=; null where there is no value';
comment on column store.visit_input."value_text" is 'decimal text in `unit`';
comment on column store.visit_input."unit" is 'unit of value_text';
comment on column store.visit_input."ci_low" is '95 % CI of the amount in `unit`, also behind a bound; assay measures only';
comment on column store.visit_input."ci_high" is 'upper end; null where it has none';
comment on column store.visit_input."reason" is 'why there is no usable value, from the closed list; null where there is one';
comment on column store.visit_input."detail" is 'how the value was chosen, or why others were not, in one sentence';
comment on column store.visit_input."source_kind" is 'lab or assay';
comment on column store.visit_input."source_key" is 'file_id:line of a lab, assay_id:plate_number:wells:analyte of an assay';
comment on column store.visit_input."specimen_id" is 'specimen of the value';
comment on column store.visit_input."collected_at" is 'collection of the specimen, site wall time';
comment on column store.visit_input."days_before_start" is 'calendar days from draw to treatment start';
comment on column store.visit_input."is_same_day_unordered" is 'drawn on the day of the first dose with no times to order them';
comment on column store.visit_input."nlr_source" is 'way to neutrophils / lymphocytes: counts, wbc_x_percent or percent; manual_ before it where one was counted by hand, segs_bands_ where segmented and band forms were added; null on other measures';
comment on column store.visit_input."part_keys" is 'file_id:line of what else the value was made of (band forms, leukocytes), joined by ;';
comment on column store.visit_input."plate_cv_pct" is 'what plates of the lot differ by beyond the errors of their curves, percent, from the controls of the plates before; null where too few say so, and the assumption of the cut-off set stands';
comment on column store.visit_input."plate_cv_count" is 'earlier plates whose controls say so';

create table store.visit_score (
    "night_id" VARCHAR not null,
    "subject_id" VARCHAR not null,
    "drawn_at" TIMESTAMP not null,
    "cohort" VARCHAR,
    "treatment_started_on" DATE,
    "cutoff_set" VARCHAR not null,
    "is_site_set" BOOLEAN not null,
    "score" BIGINT,
    "score_min" BIGINT not null,
    "score_max" BIGINT not null,
    "group" VARCHAR not null,
    "reasons" VARCHAR,
    "is_near_cut" BOOLEAN not null,
    "nlr_point" BIGINT,
    "crp_point" BIGINT,
    "il12_point" BIGINT,
    "il2_point" BIGINT,
    "crafity_min" BIGINT,
    "crafity_max" BIGINT,
    "marks" VARCHAR,
    "mark_reasons" VARCHAR,
    "is_certain" BOOLEAN,
    "p_high" DOUBLE,
    "p_high_low" DOUBLE,
    "p_high_high" DOUBLE,
    "p_high_basis" VARCHAR,
    primary key ("night_id", "subject_id", "drawn_at", "cutoff_set")
);
comment on table store.visit_score is 'one row per subject x draw that the score does not take x cut-off set';
comment on column store.visit_score."night_id" is 'night that wrote the row';
comment on column store.visit_score."subject_id" is 'study id';
comment on column store.visit_score."drawn_at" is 'draw whose cytokines count, which names the visit, site wall time';
comment on column store.visit_score."cohort" is 'cohort';
comment on column store.visit_score."treatment_started_on" is 'treatment start';
comment on column store.visit_score."cutoff_set" is 'cut-off set';
comment on column store.visit_score."is_site_set" is 'the set that the site reports';
comment on column store.visit_score."score" is '0..4; null unless certain';
comment on column store.visit_score."score_min" is 'points that are certain';
comment on column store.visit_score."score_max" is 'points that are possible';
comment on column store.visit_score."group" is 'high, low, indeterminate or not_scored';
comment on column store.visit_score."reasons" is 'component: reason, joined by ''; ''';
comment on column store.visit_score."is_near_cut" is 'a component lies so near its cut that the assay could flip it';
comment on column store.visit_score."nlr_point" is '1, 0 or null';
comment on column store.visit_score."crp_point" is '1, 0 or null';
comment on column store.visit_score."il12_point" is '1, 0 or null';
comment on column store.visit_score."il2_point" is '1, 0 or null';
comment on column store.visit_score."crafity_min" is 'CRAFITY points that are certain';
comment on column store.visit_score."crafity_max" is 'CRAFITY points that are possible';
comment on column store.visit_score."marks" is 'at_cut, near_cut, outside_population, implausible, joined by ''; ''; a mark never changes a point';
comment on column store.visit_score."mark_reasons" is 'mark: why, joined by ''; ''';
comment on column store.visit_score."is_certain" is 'the group is high or low and stays so wherever in its interval each value near a cut lies; null before it was kept';
comment on column store.visit_score."p_high" is 'probability that the true group is high, 0 to 1, from the errors of assay and laboratory; null where a component is missing or cannot be weighed; the group never comes from it';
comment on column store.visit_score."p_high_low" is 'least that it can be, whatever a missing component is; null where it cannot be weighed';
comment on column store.visit_score."p_high_high" is 'most that it can be';
comment on column store.visit_score."p_high_basis" is 'component: assay (its interval), cv (assumed imprecision of the cut-off set) or nothing (missing), joined by ''; ''';
