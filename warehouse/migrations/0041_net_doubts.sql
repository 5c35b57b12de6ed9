-- Wells that are held because their Median and Net MFI contradict each other.
comment on column store.well."doubt" is 'what is doubtful about the well: label, dilution, cell, net or background; null where nothing is';
