"""The proportional-hazards test: Rao's score test for adding x * g(t), equal to `survival::cox.zph` of survival 3.

(Grambsch and Therneau 1994; survival 3.0 replaced its approximation by the full score test, which is what this is.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, rankdata

from pbis.study.stats.cox import CoxFit, partial_likelihood, strata_sets
from pbis.study.stats.km import before, kaplan_meier
from pbis.study.stats.survival import Floats, Survival

TRANSFORMS = ("km", "rank", "identity", "log")


@dataclass(frozen=True)
class ZphTest:
    """Statistic, degrees of freedom and p of one term, or of all together (GLOBAL)."""

    term: str
    chisq: float
    df: int
    p: float


@dataclass(frozen=True)
class Zph:
    """The tests, and what the picture needs: transformed time and scaled Schoenfeld residual of every event."""

    transform: str
    tests: tuple[ZphTest, ...]
    time: Floats
    scaled_residual: Floats

    def of(self, term: str) -> ZphTest:
        return next(test for test in self.tests if test.term == term)


def check_proportional_hazards(
    data: Survival, x: ArrayLike, fit: CoxFit, transform: str = "km", strata: NDArray[np.generic] | None = None
) -> Zph:
    """Test every term of `fit` (on the same rows and columns) and all together."""
    matrix = np.asarray(x, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    centred = matrix - matrix.mean(axis=0)
    sets = strata_sets(data, strata, fit.ties)
    terms = partial_likelihood(centred, fit.coef, sets)
    dead = np.concatenate([part.dead for part in sets])
    # the residual of a tied death is against the mean over all steps of its time, so sums over a time are what counts
    g = _clock(data, transform)[dead]
    residual = centred[dead] - terms.mean
    return Zph(transform, _tests(fit.names, g, residual, terms.covariance), g, _scaled(fit, residual))


def _clock(data: Survival, transform: str) -> Floats:
    """g(t) of every subject's time; ranks are among all times, the censored ones too, as R has them."""
    if transform == "km":
        return 1.0 - before(kaplan_meier(data), data.time)
    if transform == "rank":
        return np.asarray(rankdata(data.time))
    if transform == "log":
        return np.log(data.time)
    if transform == "identity":
        return data.time
    raise ValueError(f"transform: expected one of {', '.join(TRANSFORMS)}; found {transform!r}")


def _tests(names: tuple[str, ...], g: Floats, residual: Floats, covariance: Floats) -> tuple[ZphTest, ...]:
    clock = g - g.mean()
    p = len(names)
    score = clock @ residual
    blocks = [np.einsum("e,eij->ij", clock**power, covariance) for power in (0, 1, 2)]
    information = np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])
    tests = [_test(name, information, score, np.array([k]), p) for k, name in enumerate(names)]
    return (*tests, _test("GLOBAL", information, score, np.arange(p), p))


def _test(name: str, information: Floats, score: Floats, which: NDArray[np.int64], p: int) -> ZphTest:
    rows = np.concatenate([np.arange(p), p + which])
    u = np.concatenate([np.zeros(p), score[which]])
    try:
        chisq = float(u @ np.linalg.solve(information[np.ix_(rows, rows)], u))
    except np.linalg.LinAlgError:
        chisq = float("nan")
    return ZphTest(name, chisq, len(which), float(chi2.sf(chisq, len(which))))


def _scaled(fit: CoxFit, residual: Floats) -> Floats:
    """Coefficient as it would be at each event time, up to noise."""
    return np.asarray(fit.coef + fit.events * residual @ fit.variance)
