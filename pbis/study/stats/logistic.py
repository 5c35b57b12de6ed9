"""Logistic regression as R's glm, and Firth's penalised form where maximum likelihood has no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2, norm

from pbis.study.stats.survival import Bools, Floats
from pbis.study.stats.wald import WALD_Z

_SEPARATED = 10.0  # SE of a standardised coefficient: fitted probabilities of 0 or 1


@dataclass(frozen=True)
class LogisticFit:
    """A fitted model; the first term is the intercept. method: "maximum likelihood" or "Firth"."""

    names: tuple[str, ...]
    coef: Floats
    variance: Floats
    low: Floats
    high: Floats
    p: Floats
    fitted: Floats
    n: int
    events: int
    method: str
    is_separated: bool

    @property
    def se(self) -> Floats:
        return np.sqrt(np.diag(self.variance))

    @property
    def odds_ratio(self) -> Floats:
        return np.exp(self.coef)

    def interval(self) -> Floats:
        """95 % interval of each odds ratio: Wald, or the penalised profile for Firth."""
        with np.errstate(over="ignore"):  # an upper limit may lie beyond any number
            return np.exp(np.stack([self.low, self.high], axis=1))


def fit_logistic(event: Bools, x: ArrayLike, names: Sequence[str]) -> LogisticFit:
    """Maximum likelihood by reweighted least squares, as R's glm, run to convergence. x (n, p) without the intercept, none missing."""
    design, y = _design(x), np.asarray(event, dtype=float)
    beta, variance = _reweighted(design, y)
    se = np.sqrt(np.diag(variance))
    wide = WALD_Z * se
    spread = np.maximum(design.std(axis=0), 1e-300)
    is_separated = bool((se * spread > _SEPARATED).any() or not np.isfinite(se).all())
    p = 2 * norm.sf(np.abs(beta / se))
    labels = ("(intercept)", *names)
    fitted = expit(design @ beta)
    return LogisticFit(
        labels,
        beta,
        variance,
        beta - wide,
        beta + wide,
        p,
        fitted,
        len(y),
        int(y.sum()),
        "maximum likelihood",
        is_separated,
    )


def _design(x: ArrayLike) -> Floats:
    matrix = np.asarray(x, dtype=float)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    if not np.isfinite(matrix).all():
        raise ValueError("covariates must not be missing: drop or impute first, and say which")
    return np.column_stack([np.ones(len(matrix)), matrix])


def _reweighted(design: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their variance; 25 steps at most, as glm, so that a separated fit stops somewhere."""
    eta = np.log((y + 0.5) / (1.5 - y))  # glm's start: the outcome moved a quarter inwards
    old = np.inf
    for _ in range(25):
        mu = np.clip(expit(eta), 1e-15, 1 - 1e-15)
        weight = np.maximum(mu * (1 - mu), 1e-12)
        information = design.T @ (design * weight[:, None])
        beta = np.linalg.lstsq(information, design.T @ (weight * eta + y - mu), rcond=None)[0]
        eta = np.clip(design @ beta, -30, 30)
        deviance = -2 * float((y * -np.logaddexp(0, -eta) + (1 - y) * -np.logaddexp(0, eta)).sum())
        if abs(deviance - old) / (abs(deviance) + 0.1) < 1e-13:
            break
        old = deviance
    return beta, np.linalg.pinv(information)


def fit_firth(event: Bools, x: ArrayLike, names: Sequence[str], only: int | None = None) -> LogisticFit:
    """Firth 1993: likelihood penalised by Jeffreys' prior; finite under separation. P and interval by its profile.

    only: the one term (0 is the intercept) whose profile is wanted; the others' limits and p are nan then.
    """
    design, y = _design(x), np.asarray(event, dtype=float)
    free = np.ones(design.shape[1], bool)
    beta, top = _penalised(design, y, free, np.zeros(design.shape[1]))
    mu = expit(design @ beta)
    variance = np.linalg.pinv(design.T @ (design * (mu * (1 - mu))[:, None]))
    nothing = (float("nan"), float("nan"), float("nan"))
    profile = [
        _profile(design, y, k, beta, top, variance[k, k] ** 0.5) if only in (None, k) else nothing
        for k in range(len(beta))
    ]
    low, high, p = (np.array(column) for column in zip(*profile, strict=True))
    labels = ("(intercept)", *names)
    return LogisticFit(labels, beta, variance, low, high, p, mu, len(y), int(y.sum()), "Firth", False)


def _penalised(design: Floats, y: Floats, free: Bools, beta: Floats) -> tuple[Floats, float]:
    """Maximise over the free coefficients by Newton's method with bounded, halved steps."""
    beta, now = beta.copy(), _penalised_loglik(design, y, beta)
    for _ in range(100):
        mu = expit(design @ beta)
        weight = np.maximum(mu * (1 - mu), 1e-12)
        root = design * np.sqrt(weight)[:, None]
        inverse = np.linalg.pinv(root.T @ root)
        leverage = np.einsum("ij,jk,ik->i", root, inverse, root)
        score = design.T @ (y - mu + leverage * (0.5 - mu))
        inner = np.linalg.pinv((root.T @ root)[np.ix_(free, free)])
        move = np.zeros_like(beta)
        move[free] = np.clip(inner @ score[free], -5, 5)
        for _ in range(20):
            after = _penalised_loglik(design, y, beta + move)
            if after >= now - 1e-12:
                break
            move /= 2
        beta, now = beta + move, max(after, now)
        if np.abs(move).max() < 1e-9:
            break
    return beta, now


def _penalised_loglik(design: Floats, y: Floats, beta: Floats) -> float:
    eta = design @ beta
    mu = expit(eta)
    information = design.T @ (design * np.maximum(mu * (1 - mu), 1e-300)[:, None])
    sign, half = np.linalg.slogdet(information)
    loglik = float((y * -np.logaddexp(0, -eta) + (1 - y) * -np.logaddexp(0, eta)).sum())
    return loglik + (0.5 * float(half) if sign > 0 else -np.inf)


def _profile(design: Floats, y: Floats, k: int, beta: Floats, top: float, se: float) -> tuple[float, float, float]:
    """Lower and upper limit of coefficient k where twice the drop of the profile is chi-square's 95 % point; p at zero."""
    free = np.ones(len(beta), bool)
    free[k] = False

    def drop(value: float) -> float:
        start = beta.copy()
        start[k] = value
        return 2 * (top - _penalised(design, y, free, start)[1])

    edge = float(chi2.ppf(0.95, 1))
    limits = [_crossing(lambda v: drop(v) - edge, float(beta[k]), side * max(se, 0.05)) for side in (-1, 1)]
    return limits[0], limits[1], float(chi2.sf(max(drop(0.0), 0.0), 1))


def _crossing(gap: Callable[[float], float], start: float, step: float) -> float:
    far = start + 2 * step
    for _ in range(30):
        if gap(far) > 0:
            return float(brentq(gap, start, far, xtol=1e-8))
        far += 2 * step
    return float("nan")
