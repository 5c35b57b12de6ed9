"""Two measures of the same patients: their difference over the same resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.stats.survival import Floats


@dataclass(frozen=True)
class PairedDifference:
    """Mean difference, 95 % percentile interval, two-sided p, and the resamples in which both measures had a value."""

    value: float
    low: float
    high: float
    p: float
    resamples: int


def paired_difference(own: Floats, reference: Floats) -> PairedDifference:
    """own minus reference, each (resamples,) of the same resamples; NaN where a resample gives no value, and where none does.

    p: twice the smaller share of resamples on either side of zero, each with one added (Davison and Hinkley 1997, 4.11), at most 1.
    """
    gap = own - reference
    gap = gap[np.isfinite(gap)]
    if not len(gap):
        nothing = float("nan")
        return PairedDifference(nothing, nothing, nothing, nothing, 0)
    low, high = np.quantile(gap, [0.025, 0.975])
    p = min(1.0, 2 * (1 + min((gap <= 0).sum(), (gap >= 0).sum())) / (1 + len(gap)))
    return PairedDifference(float(gap.mean()), float(low), float(high), float(p), len(gap))
