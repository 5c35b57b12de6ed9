"""Cohorts with a known truth: does the study recover it? Bias and coverage, confounding taken away or not, cut-offs found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from pbis.study.null import KINDS, run_null, simulated_cohort
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.matching import match_nearest
from pbis.study.stats.maxstat import maxstat
from pbis.study.stats.scan import scan
from pbis.study.stats.survival import Bools, Floats, Survival, survival

Z = 1.959963984540054


@dataclass(frozen=True)
class Recovery:
    """How an estimator did over many cohorts: truth, mean estimate, spread, share of 95 % intervals that held the truth."""

    what: str
    truth: float
    mean: float
    sd: float
    coverage: float | None
    repeats: int

    @property
    def bias(self) -> float:
        return self.mean - self.truth


def censored_exponential(log_hazard: Floats, rng: np.random.Generator) -> Survival:
    """Median 24 months at log hazard zero, followed for 6 to 40 months, in tenths of months as records have it."""
    death = rng.exponential(24 / np.log(2) / np.exp(log_hazard))
    seen = rng.uniform(6, 40, len(death))
    return survival(np.maximum(np.round(np.minimum(death, seen), 1), 0.1), death <= seen)


def known_hazard_ratio(repeats: int, rng: np.random.Generator, n: int = 116, log_hr: float = np.log(3.6)) -> Recovery:
    """A randomised group with a hazard ratio of 3.6, as large as the paper's cohort."""
    found = []
    for _ in range(repeats):
        high = (rng.permutation(n) < round(0.53 * n)) * 1.0
        fit = fit_cox(censored_exponential(log_hr * high, rng), high)
        found.append((fit.coef[0], fit.se[0]))
    return _recovery("log HR of PBIS high, truth ln 3.6", log_hr, found)


def confounded(repeats: int, rng: np.random.Generator, n: int = 300, log_hr: float = np.log(2.0)) -> list[Recovery]:
    """A covariate makes both the group and death likelier: crude, adjusted, and matched estimates of the same effect.

    The matched truth is the marginal effect among pairs, a little nearer zero than the conditional 2.0 (hazard ratios do not collapse).
    """
    crude, adjusted, pairs = [], [], []
    for _ in range(repeats):
        x = rng.normal(size=n)
        high = rng.random(n) < expit(0.9 * x)
        data = censored_exponential(log_hr * high + 0.7 * x, rng)
        for target, columns in ((crude, high * 1.0), (adjusted, np.column_stack([high, x]))):
            fit = fit_cox(data, columns)
            target.append((fit.coef[0], fit.se[0]))
        pairs.append(_matched(data, high, x))
    return [
        _recovery("confounded, crude log HR, truth ln 2", log_hr, crude),
        _recovery("confounded, adjusted log HR, truth ln 2", log_hr, adjusted),
        _recovery("confounded, matched log HR (conditional truth ln 2)", log_hr, pairs),
    ]


def _matched(data: Survival, high: Bools, x: Floats) -> tuple[float, float]:
    found = match_nearest(high, x[:, None], ["x"], 0.2, "logit")
    fit = fit_cox(data.take(found.rows), high[found.rows] * 1.0)
    return float(fit.coef[0]), float(fit.se[0])


def planted_cut(repeats: int, rng: np.random.Generator, n: int = 116, log_hr: float = np.log(3.0)) -> list[Recovery]:
    """A true cut at the median of a normal marker: where do the two searches put it?"""
    lowest, selected = [], []
    for _ in range(repeats):
        marker = rng.normal(size=n)
        data = censored_exponential(log_hr * (marker >= 0), rng)
        found = scan(data, marker)
        lowest.append((found.cut[found.best], np.nan))
        selected.append((maxstat(data, marker).cut, np.nan))
    return [
        _recovery("cut-off by lowest p, truth 0 (SD of the marker 1)", 0.0, lowest),
        _recovery("cut-off by maxstat, truth 0", 0.0, selected),
    ]


def noise_rates(
    cohorts: int, rng: np.random.Generator, repeats: int = 100, permutations: int = 500
) -> dict[str, float]:
    """Share of noise markers with p < .05 in each way of counting, over many simulated cohorts."""
    rates = [run_null(simulated_cohort(rng), repeats, rng, permutations=permutations) for _ in range(cohorts)]
    return {kind: float(np.mean([one.rate(kind) for one in rates])) for kind in KINDS}


def _recovery(what: str, truth: float, found: list[tuple[float, float]]) -> Recovery:
    value, se = np.array(found, dtype=float).T
    inside = np.abs(value - truth) <= Z * se
    coverage = float(inside.mean()) if np.isfinite(se).all() else None
    return Recovery(what, truth, float(value.mean()), float(value.std(ddof=1)), coverage, len(value))
