"""The same search on noise: markers paired with other patients' survival. What comes out is what the search makes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pbis.core.errors import TableRefused
from pbis.study.data import OS, complete, short
from pbis.study.points import analysis_value
from pbis.study.result import Number, show
from pbis.study.sections.searching import searched_markers
from pbis.study.stats.contingency import wilson
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.maxstat import maxstat
from pbis.study.stats.scan import permutation_p, permuted_maxima, scan
from pbis.study.stats.searched import Searcher, searcher
from pbis.study.stats.survival import Floats, Survival, survival
from pbis.study.study import Study, Tell

KINDS = ("naive", "Lausen-Schumacher 1992", "Lausen 1994", "permutation")


@dataclass(frozen=True)
class NoiseCohort:
    """Survival and markers that have nothing to do with each other; names of the markers."""

    data: Survival
    values: Floats
    names: tuple[str, ...]
    origin: str


@dataclass(frozen=True)
class NullResult:
    """p (repeats, markers, kinds) of the best cut; hr, hr_p: of the score that each repeat found."""

    cohort: NoiseCohort
    p: Floats
    hr: Floats
    hr_p: Floats
    min_share: float

    def rate(self, kind: str, level: float = 0.05) -> float:
        """Share of noise markers with p below the level."""
        return float((self.p[:, :, KINDS.index(kind)] < level).mean())

    def any_rate(self, kind: str, level: float = 0.05) -> float:
        """Share of repeats in which at least one marker passes."""
        return float((self.p[:, :, KINDS.index(kind)] < level).any(axis=1).mean())


def simulated_cohort(rng: np.random.Generator, patients: int = 116, markers: int = 4) -> NoiseCohort:
    """Shaped like the derivation cohort: exponential survival, median 12 months, 6 to 40 months of follow-up, lognormal markers."""
    death, follow_up = rng.exponential(12 / np.log(2), patients), rng.uniform(6, 40, patients)
    data = survival(np.minimum(death, follow_up), death <= follow_up)
    values = np.exp(rng.normal(size=(patients, markers)))
    return NoiseCohort(data, values, tuple(f"noise {k + 1}" for k in range(markers)), f"{patients} simulated patients")


def shuffled_cohort(study: Study) -> NoiseCohort:
    """The derivation cohort's own survival and markers; the pairing is broken in every repeat."""
    names = searched_markers(study)
    if not names:
        raise TableRefused(f"{study.derivation.name} has no marker of the score in which a cut-off could be searched")
    cases = complete(study.derivation, OS, {m: analysis_value(study.derivation.frame, m) for m in names})
    origin = f"{cases.data.n} patients of {study.derivation.name}, markers shuffled"
    return NoiseCohort(cases.data, cases.x, tuple(short(m) for m in names), origin)


def run_null(
    cohort: NoiseCohort,
    repeats: int,
    rng: np.random.Generator,
    min_share: float = 0.1,
    permutations: int = 1000,
    high_at: int = 2,
    tell: Tell = lambda _: None,
) -> NullResult:
    """Shuffle whole patients' markers (so that markers keep their correlation), search, score, judge; again and again.

    The permutation distribution belongs to the survival times and the marker's values, which shuffling keeps, so it is made once.
    """
    permuted = [permuted_maxima(cohort.data, x, permutations, rng, min_share) for x in cohort.values.T]
    p, hr, hr_p = [], [], []
    for k in range(repeats):
        values = cohort.values[rng.permutation(cohort.data.n)]
        p.append([_p_values(cohort.data, x, min_share, drawn) for x, drawn in zip(values.T, permuted, strict=True)])
        found = _score(searcher(cohort.data, values, min_share, high_at))
        hr.append(found[0])
        hr_p.append(found[1])
        if (k + 1) % max(1, repeats // 5) == 0:
            tell(f"noise: {k + 1} of {repeats}")
    return NullResult(cohort, np.array(p), np.array(hr), np.array(hr_p), min_share)


def _p_values(data: Survival, marker: Floats, min_share: float, permuted: Floats) -> list[float]:
    """In the order of KINDS: naive and permutation of the lowest p, Lausen's of the statistic they were made for."""
    found, selected = scan(data, marker, min_share), maxstat(data, marker, min_share)
    statistic = float(found.chisq[found.best])
    return [float(found.p[found.best]), selected.p_lau92, selected.p_lau94, permutation_p(statistic, permuted)]


def _score(found: Searcher) -> tuple[float, float]:
    """Hazard ratio and Wald p of the score found; nan where everybody is in one group."""
    rule = found.find(np.ones(found.data.n))
    high = rule.high(found.values)
    if np.ptp(high) == 0:
        return float("nan"), float("nan")
    fit = fit_cox(found.data, high)
    return (float(fit.hr[0]), float(fit.p[0])) if fit.is_converged else (float("nan"), float("nan"))


def null_numbers(result: NullResult) -> list[Number]:
    """The rates with their Monte Carlo intervals, and the noise score's hazard ratio."""
    return [n for kind in KINDS for n in _marker_rates(result, kind)] + _noise_scores(result)


def _number(result: NullResult, **of_its_own: Any) -> Number:
    data = result.cohort.data
    words = "none: shuffled complete cases"
    return Number(
        section="null", population=result.cohort.origin, endpoint="os",
        n=data.n, events=data.events, missing=words, **of_its_own,
    )  # fmt: skip


def _rate(result: NullResult, rate: float, of: int, **of_its_own: Any) -> Number:
    low, high = wilson(round(rate * of), of)
    return _number(result, value=rate, low=low, high=high, **of_its_own)


def _marker_rates(result: NullResult, kind: str) -> list[Number]:
    """How often one noise marker passes, and how often at least one does."""
    repeats, markers = result.p.shape[:2]
    words = {"quantity": f"share with {kind} p below .05", "test": f"log-rank, best of all cuts, {kind}"}
    note = f"minimum group share {result.min_share:g}"
    any_term = f"at least one of {markers} noise markers"
    return [
        _rate(result, result.rate(kind), repeats * markers, term="one noise marker", note=note, **words),
        _rate(result, result.any_rate(kind), repeats, term=any_term, **words),
    ]


def _noise_scores(result: NullResult) -> list[Number]:
    hr = result.hr[np.isfinite(result.hr)]
    low, middle, high = (float(v) for v in np.quantile(hr, [0.025, 0.5, 0.975]))
    words = {
        "term": "score from noise, high vs low", "test": "Cox, Wald", "ties": "efron",
        "direction": "point on the worse side of each cut",
    }  # fmt: skip
    quantity = "hazard ratio, median and 95 % of repeats"
    share = float((result.hr_p < 0.05).mean())
    return [
        _number(result, quantity=quantity, value=middle, low=low, high=high, **words),
        _rate(result, share, len(result.p), quantity="share with p below .05", **words),
    ]


def null_lines(result: NullResult) -> list[str]:
    """The answer in sentences."""
    hr = result.hr[np.isfinite(result.hr)]
    low, middle, high = np.quantile(hr, [0.025, 0.5, 0.975])
    lines = [
        f"{len(result.p)} times noise: {result.cohort.origin}, {result.cohort.data.events} deaths, {len(result.cohort.names)} markers"
    ]
    lines += [f"  a noise marker has {kind} p < .05 in {100 * result.rate(kind):.1f} %" for kind in KINDS]
    lines.append(f"  at least one of the markers has naive p < .05 in {100 * result.any_rate('naive'):.0f} %")
    lines.append(
        f"  the score made of them has HR {show(float(middle))} (median; 95 % of repeats {show(float(low))} to {show(float(high))}), "
        f"p < .05 in {100 * float((result.hr_p < 0.05).mean()):.0f} %"
    )
    return lines
