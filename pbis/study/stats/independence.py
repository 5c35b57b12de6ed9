"""Does a variable look alike in two groups? The tests of a table of patients, each with its name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import chi2_contingency, fisher_exact, kruskal, mannwhitneyu
from scipy.stats import t as student

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


def student_t_p(first: Floats, second: Floats) -> float:
    """Two-sided p of Student's t test with one variance for both; nan where a group has fewer than two, or nothing varies."""
    if min(len(first), len(second)) < 2:
        return float("nan")
    free = len(first) + len(second) - 2
    within = (((first - first.mean()) ** 2).sum() + ((second - second.mean()) ** 2).sum()) / free
    se = float(np.sqrt(within * (1 / len(first) + 1 / len(second))))
    return float(2 * student.sf(abs(float(first.mean() - second.mean())) / se, free)) if se > 0 else float("nan")


def chi_square_p(counts: Ints) -> float:
    """p of Pearson's chi-square without correction for counts (group, level); nan where a group or a level is empty."""
    if (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any():
        return float("nan")
    return float(chi2_contingency(counts, correction=False).pvalue)


def kruskal_wallis(groups: Sequence[Floats]) -> tuple[float, float]:
    """Statistic and p of Kruskal and Wallis's test over the groups that have patients; nan with fewer than two, or nothing varying."""
    kept = [group for group in groups if len(group)]
    if len(kept) < 2 or np.ptp(np.concatenate(kept)) == 0:
        return float("nan"), float("nan")
    found = kruskal(*kept)
    return float(found.statistic), float(found.pvalue)


def quartiles(value: Floats) -> tuple[float, float, float]:
    """Lower quartile, median and upper quartile, each a value that was observed, so that one beyond a limit can be told; it may be infinite."""
    ordered = np.sort(value)
    low, middle, high = (float(ordered[max(int(np.ceil(share * len(ordered))) - 1, 0)]) for share in (0.25, 0.5, 0.75))
    return low, middle, high
