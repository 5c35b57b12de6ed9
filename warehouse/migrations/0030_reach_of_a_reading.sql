-- A reading below or above the range keeps its interval; what its wells share of it; whether a group would stand wherever they lie.
alter table store.result add column "ci_shared" DOUBLE;
comment on column store.result."ci_shared" is 'part of the interval''s variance that wells of a plate share, the error of its curve, 0 to 1; null before it was kept';
comment on column store.result."ci_low" is 'lower end of the 95 % confidence interval of the amount, also of a reading below or above the range; 0 where it has no lower end';
comment on column store.result."ci_high" is 'upper end; null where it has none';
comment on column store.score_input."ci_low" is '95 % CI of the amount in `unit`, also behind a bound; assay measures only';
comment on column store.score_input."ci_high" is 'upper end; null where it has none';
alter table store.score add column "is_certain" BOOLEAN;
comment on column store.score."is_certain" is 'the group is high or low and stays so wherever in its interval each value near a cut lies; null before it was kept';
comment on column store.score_component."flip_probability" is 'probability that the true value lies on the other side, from the assay''s CI; also of a bound behind which it lies';
comment on column store.curve."lloq" is 'low end that is reported, undiluted: the lower limit of quantification, or the LOD where that is greater';
comment on column store.standard_level."back_calculated" is 'concentration from the mean response of the wells that the fit used: not of one that it weighed down as wild';
