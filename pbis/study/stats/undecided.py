"""A hazard ratio between two groups while the group of some patients is not known: bounds, and pooled draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from pbis.study.stats.censored import rubin
from pbis.study.stats.survival import Floats, Survival
from pbis.study.stats.two_groups import clock, log_hazard_ratio
from pbis.study.stats.wald import wald_interval

ROUNDS = 4  # of exchange over all undecided patients; a fifth never changed a bound on simulated cohorts


@dataclass(frozen=True)
class PooledHazardRatio:
    """Hazard ratio pooled over draws, 95 % interval, two-sided Wald p; draws: those with an estimate; size: mean patients in them.

    missing_share: of the variance that comes from what is not known.
    """

    value: float
    low: float
    high: float
    p: float
    draws: int
    size: float
    missing_share: float


def turned_share(drawn: Floats, group: Floats, more_than: float) -> float | None:
    """Share of the decided whom draws put into the other group more often than `more_than`; None where nobody is decided.

    drawn (draws, n), group (n,): 0, 1, or nan where it is not known.
    """
    decided = np.isfinite(group)
    flips = np.nanmean(drawn != np.where(decided, group, np.nan), axis=0)
    return float((flips[decided] > more_than).mean()) if decided.any() else None


def extreme_groups(data: Survival, known: Floats, ties: str, sign: int) -> Floats:
    """Groups (n,) for the undecided (nan in `known`) that make the hazard ratio largest (sign 1) or smallest (-1), by exchange until none
    helps.

    Starts from who had the event; a local optimum, so the true bound may lie a little further out.
    """
    group = known.copy()
    undecided = np.flatnonzero(np.isnan(known))
    group[undecided] = (data.event[undecided] == (sign > 0)) * 1.0
    at = clock(data)
    best = sign * log_hazard_ratio(at, group, ties)[0]
    for _ in range(ROUNDS):
        before = best
        for k in undecided.tolist():
            group[k] = 1 - group[k]
            value = sign * log_hazard_ratio(at, group, ties)[0]
            if value > best:
                best = value
            else:
                group[k] = 1 - group[k]
        if best == before:
            break
    return group


def pooled_hazard_ratio(data: Survival, groups: Floats, ties: str) -> PooledHazardRatio | None:
    """Cox model of every draw, pooled by Rubin's rules. groups (draws, n): 0, 1, or nan where a draw leaves the patient out.

    Draws without an estimate are left out and counted; None with fewer than two.
    """
    fits, sizes, at = [], [], clock(data)
    for drawn in groups:
        kept = np.isfinite(drawn)
        fits.append(log_hazard_ratio(at, drawn, ties, kept.astype(float)))
        sizes.append(kept.sum())
    values, variances = (np.array(column) for column in zip(*fits, strict=True))
    usable = np.isfinite(values)
    if usable.sum() < 2:
        return None
    pooled = rubin(values[usable], variances[usable])
    low, high = wald_interval(pooled.value, pooled.se)
    return PooledHazardRatio(
        value=float(np.exp(pooled.value)),
        low=float(np.exp(low)),
        high=float(np.exp(high)),
        p=float(2 * norm.sf(abs(pooled.value) / pooled.se)),
        draws=int(usable.sum()),
        size=float(np.mean(sizes)),
        missing_share=pooled.missing_share,
    )
