"""Cox's proportional hazards model, Efron's or Breslow's ties, with strata.

Own code because one set of risk sums serves the fit, the proportional-hazards test, the score test and thousands of
bootstrap fits; it agrees with `survival::coxph` to 1e-9 (tests), and a fit of 200 patients takes about a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm

from pbis.study.stats.survival import Floats, RiskSets, Survival, risk_sets
from pbis.study.stats.ties import asked_times

MAX_STEPS = 40
CONVERGED = 1e-9  # relative gain of the log-likelihood at which coxph stops; stopping where it does gives its digits
FLAT = 50.0  # SE x SD of the covariate
DIVERGED = 15.0  # |coefficient| x SD of the covariate: a hazard ratio of three million for one SD is no estimate


@dataclass(frozen=True)
class Terms:
    """Partial log-likelihood with, at every event step, mean and covariance of the covariates in the risk set."""

    loglik: float
    mean: Floats
    covariance: Floats


@dataclass(frozen=True)
class CoxFit:
    """A fitted model. loglik: (null, fitted); score: Rao's score statistic at zero."""

    names: tuple[str, ...]
    coef: Floats
    variance: Floats
    loglik: tuple[float, float]
    score_chisq: float
    n: int
    events: int
    ties: str
    is_converged: bool
    linear_predictor: Floats

    @property
    def se(self) -> Floats:
        return np.sqrt(np.diag(self.variance))

    @property
    def hr(self) -> Floats:
        return np.exp(self.coef)

    @property
    def z(self) -> Floats:
        return np.asarray(self.coef / self.se)

    @property
    def p(self) -> Floats:
        """Wald p of each term."""
        return np.asarray(2 * norm.sf(np.abs(self.z)))

    def interval(self, level: float = 0.95) -> Floats:
        """Wald interval of each hazard ratio, (terms, 2)."""
        wide = norm.ppf(0.5 + level / 2) * self.se
        with np.errstate(over="ignore"):  # an upper limit may lie beyond any number
            return np.asarray(np.exp(np.stack([self.coef - wide, self.coef + wide], axis=1)))

    @property
    def df(self) -> int:
        return len(self.coef)

    @property
    def lr_chisq(self) -> float:
        return 2 * (self.loglik[1] - self.loglik[0])

    @property
    def lr_p(self) -> float:
        return float(chi2.sf(self.lr_chisq, self.df))

    @property
    def wald_chisq(self) -> float:
        return float(self.coef @ np.linalg.solve(self.variance, self.coef))


def fit_cox(
    data: Survival,
    x: ArrayLike,
    names: Sequence[str] | None = None,
    ties: str = "efron",
    strata: NDArray[np.generic] | None = None,
) -> CoxFit:
    """Fit by Newton's method with step halving. x (n, p) or (n,), without missing values.

    `is_converged` is false where the likelihood has no maximum (a group without events) or the covariates are collinear.
    ValueError where there is no event or x holds a missing value.
    """
    matrix = np.asarray(x, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    labels = tuple(names) if names is not None else tuple(f"x{i + 1}" for i in range(matrix.shape[1]))
    if not np.isfinite(matrix).all():
        raise ValueError("covariates must not be missing: drop or impute first, and say which")
    if not data.event.any():
        raise ValueError("a Cox model needs at least one event")
    centred = matrix - matrix.mean(axis=0)
    sets = strata_sets(data, strata, ties)
    beta, null, fitted, is_converged, score = _newton(centred, sets)
    information = fitted.covariance.sum(axis=0)
    return CoxFit(
        labels,
        beta,
        _inverse(information),
        (null.loglik, fitted.loglik),
        score,
        data.n,
        data.events,
        ties,
        is_converged,
        centred @ beta,
    )


def strata_sets(data: Survival, strata: NDArray[np.generic] | None, ties: str) -> list[RiskSets]:
    """Risk sets of each stratum that has an event."""
    layers = np.zeros(data.n, np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    rows = [np.flatnonzero(layers == layer) for layer in np.unique(layers)]
    return [risk_sets(data, part, ties) for part in rows if data.event[part].any()]


def _newton(x: Floats, sets: Sequence[RiskSets]) -> tuple[Floats, Terms, Terms, bool, float]:
    beta = np.zeros(x.shape[1])
    null = now = partial_likelihood(x, beta, sets)
    spread = x.std(axis=0)
    score = 0.0
    for step in range(MAX_STEPS):
        gradient = _gradient(x, now, sets)
        move = _solve(now.covariance.sum(axis=0), gradient)
        if step == 0:
            score = float(gradient @ move)
        beta, after = _halved(x, beta, move, now, sets)
        gain, now = after.loglik - now.loglik, after
        if (np.abs(beta) * spread > DIVERGED).any():
            return beta, null, now, False, score
        if abs(gain) <= CONVERGED * abs(now.loglik):
            return beta, null, now, _is_regular(now, spread), score
    return beta, null, now, False, score


def _halved(x: Floats, beta: Floats, move: Floats, now: Terms, sets: Sequence[RiskSets]) -> tuple[Floats, Terms]:
    """The full step, or half of it while it makes the likelihood worse."""
    after = partial_likelihood(x, beta + move, sets)
    for _ in range(12):
        if np.isfinite(after.loglik) and after.loglik >= now.loglik - 1e-10 * abs(now.loglik):
            break
        move = move / 2
        after = partial_likelihood(x, beta + move, sets)
    return beta + move, after


def partial_likelihood(x: Floats, beta: Floats, sets: Sequence[RiskSets]) -> Terms:
    """Log-likelihood and the moments at each event step, strata one after the other."""
    eta = np.clip(x @ beta, -200, 200)
    parts = [_stratum_terms(x, eta, part) for part in sets]
    mean = np.concatenate([part.mean for part in parts])
    covariance = np.concatenate([part.covariance for part in parts])
    return Terms(sum(part.loglik for part in parts), mean, covariance)


def _stratum_terms(x: Floats, eta: Floats, sets: RiskSets) -> Terms:
    weight = np.exp(eta)
    s0, s1, s2 = (_step_sums(moment, sets) for moment in _moments(x, weight))
    mean = s1 / s0[:, None]
    covariance = s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return Terms(float(eta[sets.dead].sum() - np.log(s0).sum()), mean, covariance)


def _moments(x: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    first = weight[:, None] * x
    return weight, first, first[:, :, None] * x[:, None, :]


def _step_sums(moment: Floats, sets: RiskSets) -> Floats:
    """Sum over the risk set at each step, less Efron's share of the deaths tied there."""
    at_risk = np.cumsum(moment[sets.order], axis=0)[sets.last]
    tied = np.add.reduceat(moment[sets.dead], sets.start, axis=0)
    share = sets.share.reshape(-1, *[1] * (moment.ndim - 1))
    return np.asarray(at_risk[sets.group] - share * tied[sets.group])


def _gradient(x: Floats, terms: Terms, sets: Sequence[RiskSets]) -> Floats:
    dead = np.concatenate([part.dead for part in sets])
    return np.asarray(x[dead].sum(axis=0) - terms.mean.sum(axis=0))


def _solve(information: Floats, gradient: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information) @ gradient)


def _inverse(information: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)


def _is_regular(terms: Terms, spread: Floats) -> bool:
    """Is the likelihood curved in every direction? It is flat where a group has no event, or covariates are collinear."""
    information = terms.covariance.sum(axis=0)
    scale = np.sqrt(np.diag(information))
    if (scale * FLAT <= spread).any():
        return False
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale)).min(initial=1.0) > 1e-9)


@dataclass(frozen=True)
class Baseline:
    """Breslow's cumulative baseline hazard, for covariates at their means. until: the last time at which anybody was seen."""

    time: Floats
    hazard: Floats
    until: float

    def at(self, time: float) -> float:
        """The hazard by `time`; nan behind `until`, of which the data say nothing."""
        asked = asked_times(np.array([time]), np.append(self.time, self.until))
        if asked[0] > self.until:
            return float("nan")
        place = int(np.searchsorted(self.time, asked, side="right")[0])
        return float(self.hazard[place - 1]) if place else 0.0


def baseline_hazard(data: Survival, linear_predictor: Floats) -> Baseline:
    """Sum of deaths over risk (Breslow 1972), at the distinct event times."""
    sets = risk_sets(data, np.arange(data.n), "breslow")
    at_risk = np.cumsum(np.exp(linear_predictor)[sets.order])[sets.last]
    deaths = np.diff(np.append(sets.start, len(sets.dead)))
    return Baseline(sets.time, np.cumsum(deaths / at_risk), float(data.time.max()))
