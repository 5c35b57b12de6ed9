"""Cohorts with a known truth: does the study recover it? Bias and coverage, confounding taken away or not, cut-offs found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pbis.study.null import KINDS, run_null, simulated_cohort
from pbis.study.stats.concordance import harrell_c
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.matching import match_nearest
from pbis.study.stats.maxstat import maxstat
from pbis.study.stats.scan import scan
from pbis.study.stats.searched import Corrected, Repeats, Rule, corrected, repeat_search, searcher
from pbis.study.stats.survival import Bools, Floats, Survival, survival
from pbis.study.stats.wald import WALD_Z


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


def censored_exponential(log_hazard: NDArray[np.floating], rng: np.random.Generator) -> Survival:
    """Median 24 months at log hazard zero, followed for 6 to 40 months, in tenths of months as records have it."""
    death = rng.exponential(24 / np.log(2) / np.exp(log_hazard))
    seen = rng.uniform(6, 40, len(death))
    return survival(np.maximum(np.round(np.minimum(death, seen), 1), 0.1), death <= seen)


def known_hazard_ratio(repeats: int, rng: np.random.Generator, n: int = 116, log_hr: float = np.log(3.6)) -> Recovery:
    """A randomised group with a hazard ratio of 3.6, as large as the paper's cohort."""
    found = []
    for _ in range(repeats):
        high = (rng.permutation(n) < round(0.53 * n)).astype(np.float64)
        fit = fit_cox(censored_exponential(log_hr * high, rng), high)
        found.append((fit.coef[0], fit.se[0]))
    return _recovery("log HR of PBIS high, truth ln 3.6", log_hr, found)


def confounded(repeats: int, rng: np.random.Generator, n: int = 300, log_hr: float = np.log(2.0)) -> list[Recovery]:
    """A covariate makes both the group and death likelier: crude, adjusted, and matched estimates of the same effect.

    The matched truth is the marginal effect among pairs, a little nearer zero than the conditional 2.0 (hazard ratios do not collapse).
    """
    crude: list[tuple[float, float]] = []
    adjusted: list[tuple[float, float]] = []
    pairs: list[tuple[float, float]] = []
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


@dataclass(frozen=True)
class SearchedWorld:
    """Cohorts in which a score is searched. log_hr: of two or more markers in their upper half; at 0 whatever is found is worth nothing."""

    patients: int = 116
    markers: int = 4
    log_hr: float = 0.0


@dataclass(frozen=True)
class Coverage:
    """How often 95 % intervals of a searched score's corrected measure hold what the score is truly worth.

    printed: the interval that the study prints; wald: around the corrected value alone; shifted: the quantiles of the resamples'
    own results, moved down by the optimism; above: printed intervals wholly above no effect; inside: those that hold their own
    corrected value; truth, mean, apparent: of the found scores, their corrected and their uncorrected measures; cohorts: those in
    which the found score makes two groups, without which there is nothing to correct.
    """

    printed: float
    wald: float
    shifted: float
    above: float
    inside: float
    truth: float
    mean: float
    apparent: float
    cohorts: int


def searched_coverage(
    cohorts: int, rng: np.random.Generator, world: SearchedWorld, what: str = "log_hr", resamples: int = 200
) -> Coverage:
    """Search a score, correct it, and look whether the intervals hold its `log_hr` or `c` in other patients."""
    rows = []
    for _ in range(cohorts):
        values = rng.normal(size=(world.patients, world.markers))
        found = searcher(censored_exponential(world.log_hr * _is_bad(values), rng), values, 0.1, 2)
        rule = found.find(np.ones(world.patients))
        repeats = repeat_search(found, resamples, rng)
        now, truth = corrected(found, rule, repeats, what), _worth(rule, what, world, rng)
        if np.isfinite(now.value):
            rows.append(_held(now, truth, repeats, what))
    printed, wald, shifted, above, inside, worth, mean, apparent = (float(np.mean(c)) for c in zip(*rows, strict=True))
    return Coverage(printed, wald, shifted, above, inside, worth, mean, apparent, len(rows))


def _held(now: Corrected, truth: float, repeats: Repeats, what: str) -> tuple[float, ...]:
    """What each interval of one cohort held, and truth, corrected and uncorrected value."""
    optimism = repeats.optimism(what)
    low, high = np.nanquantile(repeats.values("apparent", what) - optimism, [0.025, 0.975])
    nothing, wald_low = (0.0 if what == "log_hr" else 0.5), 2 * now.value - now.high
    return (
        float(now.low <= truth <= now.high),
        float(wald_low <= truth <= now.high),
        float(low <= truth <= high),
        float(now.low > nothing),
        float(now.low <= now.value <= now.high),
        truth,
        now.value,
        now.value + optimism,
    )


def _is_bad(values: Floats) -> Bools:
    return np.asarray((values >= 0).sum(axis=1) >= 2)


def _worth(rule: Rule, what: str, world: SearchedWorld, rng: np.random.Generator) -> float:
    """The measure of a found score among very many other patients of the same kind."""
    if world.log_hr == 0:
        return 0.0 if what == "log_hr" else 0.5
    values = rng.normal(size=(10_000 if what == "log_hr" else 1_500, world.markers))  # C looks at every pair
    data = censored_exponential(world.log_hr * _is_bad(values), rng)
    if what == "c":
        return harrell_c(data, rule.score(values)).value
    return float(fit_cox(data, rule.high(values)).coef[0])


def noise_rates(
    cohorts: int, rng: np.random.Generator, repeats: int = 100, permutations: int = 500
) -> dict[str, float]:
    """Share of noise markers with p < .05 in each way of counting, over many simulated cohorts."""
    rates = [run_null(simulated_cohort(rng), repeats, rng, permutations=permutations) for _ in range(cohorts)]
    return {kind: float(np.mean([one.rate(kind) for one in rates])) for kind in KINDS}


def _recovery(what: str, truth: float, found: list[tuple[float, float]]) -> Recovery:
    value, se = np.array(found, dtype=float).T
    inside = np.abs(value - truth) <= WALD_Z * se
    coverage = float(inside.mean()) if np.isfinite(se).all() else None
    return Recovery(what, truth, float(value.mean()), float(value.std(ddof=1)), coverage, len(value))
