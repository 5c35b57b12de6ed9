"""Does a variable look alike in two groups? The tests of a table of patients, each with its name."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2_contingency, fisher_exact, mannwhitneyu

from pbis.study.stats.survival import Floats, Ints

FEW = 5  # expected count below which Pearson's approximation is doubtful (Cochran 1954)


def independence(counts: Ints) -> tuple[float, str]:
    """p and the test's name for counts (group, level): Fisher for two levels, else Pearson; the name says where expected counts are small."""
    if counts.shape == (2, 2):
        return float(fisher_exact(counts).pvalue), "Fisher"
    found = chi2_contingency(counts, correction=False)
    few = f", expected < {FEW}" if found.expected_freq.min() < FEW else ""
    return float(found.pvalue), f"Pearson{few}"


def mann_whitney_p(first: Floats, second: Floats) -> float:
    """Two-sided p of Mann and Whitney's test; nan where a group is empty."""
    return float(mannwhitneyu(first, second).pvalue) if len(first) and len(second) else float("nan")


def quartiles(value: Floats) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile, each a value that was observed, so that one below a limit can be told."""
    low, middle, high = np.quantile(value, [0.25, 0.5, 0.75], method="inverted_cdf").tolist()
    return low, middle, high
