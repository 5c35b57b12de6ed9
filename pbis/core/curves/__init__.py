"""Standard curves: from wells to fitted curves, limits and back-calculated results."""
