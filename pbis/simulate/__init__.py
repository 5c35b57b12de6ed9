"""Simulated exports, clinical extracts and outcomes, from a seed, with the truth beside them."""
