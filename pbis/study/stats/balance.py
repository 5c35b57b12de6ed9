"""Standardised mean differences: how unlike two groups are, in units that do not depend on their size."""

from __future__ import annotations

import numpy as np

from pbis.study.stats.survival import Bools, Floats


def smd_continuous(value: Floats, is_first: Bools, scale: float | None = None) -> float:
    """(mean of the first - mean of the second) / root of the mean of both variances; missing values left out.

    scale: a fixed SD, so that a matched sample is measured with the yardstick of the unmatched one.
    """
    kept = np.isfinite(value)
    first, second = value[kept & is_first], value[kept & ~is_first]
    if len(first) < 2 or len(second) < 2:
        return float("nan")
    yardstick = pooled_sd(value, is_first) if scale is None else scale
    difference = float(first.mean() - second.mean())
    return difference / yardstick if yardstick > 0 else (0.0 if difference == 0 else float("nan"))


def pooled_sd(value: Floats, is_first: Bools) -> float:
    kept = np.isfinite(value)
    first, second = value[kept & is_first], value[kept & ~is_first]
    return float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)) if min(len(first), len(second)) > 1 else np.nan


def smd_shares(first: Floats, second: Floats) -> float:
    """Of a variable with k levels, from its level shares in two groups (Yang and Dalton 2012); two levels: with p(1-p)."""
    a, b = first[1:], second[1:]
    spread = (np.diag(a) - np.outer(a, a) + np.diag(b) - np.outer(b, b)) / 2
    difference = a - b
    return float(np.sqrt(max(float(difference @ np.linalg.pinv(spread) @ difference), 0.0)))
