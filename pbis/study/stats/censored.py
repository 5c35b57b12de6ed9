"""Values that are only known to lie beyond a limit: a lognormal fitted with them, and draws from the part that is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

from pbis.study.stats.survival import Floats

_SIGMA = (1e-3, 10.0)  # between which a law is looked for: no laboratory measures closer, and no population is wider


@dataclass(frozen=True)
class LogNormal:
    """Mean and SD of ln(value)."""

    mu: float
    sigma: float

    def draw(self, low: Floats, high: Floats, rng: np.random.Generator) -> Floats:
        """One value per row from the distribution cut to (low, high); 0 and infinity leave a side open."""
        with np.errstate(divide="ignore"):
            a, b = (norm.cdf((np.log(limit) - self.mu) / self.sigma) for limit in (low, high))
        share = a + rng.uniform(size=len(a)) * (b - a)
        return np.asarray(np.exp(self.mu + self.sigma * norm.ppf(np.clip(share, 1e-12, 1 - 1e-12))))


def fit_lognormal(value: Floats, operator: np.ndarray) -> LogNormal:
    """Maximum likelihood with `<` and `>` values as such (Tobit). Missing values are left out; a law of nothing is ln 0 +- 1."""
    known = np.isfinite(value) & (value > 0)
    if not known.any():
        return LogNormal(0.0, 1.0)
    ln, sign = np.log(value[known]), operator[known]
    exact, below = sign == "=", np.isin(sign, ("<", "<="))

    def loss(theta: Floats) -> float:
        # Equal values fit the better the narrower the law is, without an end: ln 0 would follow.
        width = float(np.clip(theta[1], *np.log(_SIGMA)))
        z = (ln - theta[0]) / np.exp(width)
        terms = np.where(exact, norm.logpdf(z) - width, np.where(below, norm.logcdf(z), norm.logsf(z)))
        return -float(terms.sum())

    start = np.array([ln.mean(), np.log(max(ln.std(), 0.3))])
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-8, "maxiter": 2000})
    return LogNormal(float(best.x[0]), float(np.clip(np.exp(best.x[1]), *_SIGMA)))


@dataclass(frozen=True)
class Pooled:
    """Rubin's pooled estimate over imputations, with the share of its variance that the missing part causes."""

    value: float
    se: float
    missing_share: float


def rubin(values: Floats, variances: Floats) -> Pooled:
    """Pool estimates of the same thing from m completed data sets (Rubin 1987)."""
    m = len(values)
    within, between = float(variances.mean()), float(values.var(ddof=1)) if m > 1 else 0.0
    total = within + (1 + 1 / m) * between
    return Pooled(float(values.mean()), total**0.5, (1 + 1 / m) * between / total if total else 0.0)
