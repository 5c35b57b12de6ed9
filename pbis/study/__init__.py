"""The statistics of the paper, and what a reader needs beyond it, on data frames with documented columns."""
