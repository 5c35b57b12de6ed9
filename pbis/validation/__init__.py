"""What a laboratory's own plates say about its assay: precision, linearity, limits, parallelism, lots, instruments and bias."""
