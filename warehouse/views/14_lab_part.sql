-- One row per laboratory analyte that a measure of the score can be made of.
create or replace view lab_part as
select *
from (
    values
        ('crp', 'crp', 'whole', null, null),
        ('afp', 'afp', 'whole', null, null),
        ('wbc', null, 'wbc', 'counts', null),
        ('neutrophils', 'neutrophils', 'whole', 'counts', 0),
        ('neutrophils_pct', 'neutrophils', 'whole', 'percent', 0),
        ('neutrophils_manual', 'neutrophils', 'whole', 'counts', 1),
        ('neutrophils_manual_pct', 'neutrophils', 'whole', 'percent', 1),
        ('segs', 'neutrophils', 'segs', 'counts', 2),
        ('segs_pct', 'neutrophils', 'segs', 'percent', 2),
        ('bands', 'neutrophils', 'bands', 'counts', 2),
        ('bands_pct', 'neutrophils', 'bands', 'percent', 2),
        ('lymphocytes', 'lymphocytes', 'whole', 'counts', 0),
        ('lymphocytes_pct', 'lymphocytes', 'whole', 'percent', 0),
        ('lymphocytes_manual', 'lymphocytes', 'whole', 'counts', 1),
        ('lymphocytes_manual_pct', 'lymphocytes', 'whole', 'percent', 1)
) as part (analyte, measure, part, dimension, method_rank);

comment on view lab_part is 'one row per laboratory analyte that a measure of the score can be made of';
comment on column lab_part.analyte is 'laboratory analyte';
comment on column lab_part.measure is 'neutrophils, lymphocytes, crp or afp; null for the leukocytes that a percentage is of';
comment on column lab_part.part is 'whole, segs, bands or wbc';
comment on column lab_part.dimension is 'counts or percent; null where the measure has one unit';
comment on column lab_part.method_rank is '0 automated or not said, 1 counted by hand, 2 segmented and band forms told apart; the lower goes first';
