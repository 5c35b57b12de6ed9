"""Spearman's rank correlation of every pair of columns, pairwise complete, with the false discovery rate over the pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import false_discovery_control, rankdata
from scipy.stats import t as student

from pbis.study.stats.survival import Floats, Ints


@dataclass(frozen=True)
class Correlations:
    """Square matrices over the columns: rho, p (t approximation, as R with exact=FALSE), q (Benjamini-Hochberg), n."""

    names: tuple[str, ...]
    rho: Floats
    p: Floats
    q: Floats
    n: Ints


def spearman(columns: dict[str, Floats]) -> Correlations:
    """Correlate; a pair with fewer than four common values or a constant column is nan. Censored values tie at the limit."""
    names = tuple(columns)
    k = len(names)
    rho, p, n = np.eye(k), np.full((k, k), np.nan), np.zeros((k, k), np.int64)
    for i in range(k):
        for j in range(i, k):
            value = spearman_pair(columns[names[i]], columns[names[j]])
            n[i, j] = n[j, i] = value[2]
            if i != j:
                rho[i, j] = rho[j, i] = value[0]
                p[i, j] = p[j, i] = value[1]
    return Correlations(names, rho, p, _discoveries(p), n)


def spearman_pair(x: Floats, y: Floats) -> tuple[float, float, int]:
    """rho, p and n of two columns, those who have both; nan with fewer than four, or where one is constant."""
    kept = np.isfinite(x) & np.isfinite(y)
    n = int(kept.sum())
    if n < 4 or np.ptp(x[kept]) == 0 or np.ptp(y[kept]) == 0:
        return float("nan"), float("nan"), n
    rho = float(np.corrcoef(rankdata(x[kept]), rankdata(y[kept]))[0, 1])
    statistic = rho * np.sqrt((n - 2) / max(1 - rho**2, 1e-300))
    return rho, float(2 * student.sf(abs(statistic), n - 2)), n


def discovery_rates(p: Floats) -> Floats:
    """q of each p over all that are known (Benjamini and Hochberg 1995); nan where p is."""
    q, known = np.full(len(p), np.nan), np.isfinite(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return q


def _discoveries(p: Floats) -> Floats:
    upper = np.triu_indices(len(p), 1)
    q = np.full_like(p, np.nan)
    q[upper] = discovery_rates(p[upper])
    q.T[upper] = q[upper]
    return q
