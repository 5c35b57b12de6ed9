"""Does an effect differ between strata? Cochran's Q over their estimates, and the test of interaction in one Cox model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from pbis.study.stats.cox import CoxFit, fit_cox
from pbis.study.stats.survival import Floats, Survival
from pbis.study.stats.wald import WALD_Z


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q with its p, and I squared; nan with fewer than two strata."""

    q: float
    p: float
    i2: float


def cochran(intervals: Sequence[tuple[float, float, float]]) -> Heterogeneity:
    """intervals: (ratio, low, high) of each stratum with 95 % Wald intervals."""
    if len(intervals) < 2:
        return Heterogeneity(float("nan"), float("nan"), float("nan"))
    log = np.log([value for value, _, _ in intervals])
    se = np.array([np.log(high / low) / (2 * WALD_Z) for _, low, high in intervals])
    weight = 1 / se**2
    q = float((weight * (log - (weight * log).sum() / weight.sum()) ** 2).sum())
    df = len(intervals) - 1
    return Heterogeneity(q, float(chi2.sf(q, df)), max(0.0, (q - df) / q) if q > 0 else 0.0)


@dataclass(frozen=True)
class Interaction:
    """levels: largest first, the reference; fit: the group's main effect, then its product with each further level."""

    levels: list[str]
    fit: CoxFit
    chisq: float
    p: float

    @property
    def df(self) -> int:
        return len(self.levels) - 1


def interaction(data: Survival, group: Floats, level: np.ndarray, ties: str) -> Interaction | None:
    """Likelihood ratio of the products, both main effects in the model; a baseline hazard per level. None where not estimable."""
    levels = sorted(set(level), key=lambda v: (-(level == v).sum(), v))
    products = np.column_stack([group, *[group * (level == v) for v in levels[1:]]])
    usable = all(np.ptp(products[level == v, 0]) > 0 and data.event[level == v].any() for v in levels)
    if not usable or len(levels) < 2:
        return None
    full, plain = (fit_cox(data, x, ties=ties, strata=level) for x in (products, products[:, :1]))
    chisq = 2 * (full.loglik[1] - plain.loglik[1])
    return Interaction(levels, full, chisq, float(chi2.sf(chisq, len(levels) - 1)))
