"""One search for a cut-off: both methods, permutations, bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pbis.study.data import OS, Complete, Endpoint, Population, complete, short
from pbis.study.points import analysis_value, cuts
from pbis.study.stats.maxstat import MaxStat, lausen92, lausen94, maxstat, permuted_statistics
from pbis.study.stats.scan import (
    Resampled,
    Scan,
    bootstrap_weights,
    bounds,
    permutation_p,
    permuted_maxima,
    scan,
    scan_resamples,
)
from pbis.study.stats.survival import Floats
from pbis.study.study import Study


@dataclass(frozen=True)
class Search:
    """Both searches of one marker on one endpoint, their adjusted p, and the cuts of the resamples."""

    marker: str
    endpoint: Endpoint
    cases: Complete
    lowest: Scan
    maxstat: MaxStat
    lowest_permuted: Floats
    maxstat_permuted: Floats
    resampled: Resampled

    @property
    def p_values(self) -> dict[str, float]:
        """P of the lowest-p cut: naive, and adjusted in three ways."""
        statistic = float(self.lowest.chisq[self.lowest.best])
        root = statistic**0.5
        return {
            "naive": float(self.lowest.p[self.lowest.best]),
            "Lausen-Schumacher 1992": lausen92(root, self.lowest.min_share),
            "Lausen 1994": lausen94(root, self.lowest.n, self.lowest.n_low),
            "permutation": permutation_p(statistic, self.lowest_permuted),
        }

    @property
    def maxstat_p_values(self) -> dict[str, float]:
        found = self.maxstat
        return {
            "Lausen-Schumacher 1992": found.p_lau92,
            "Lausen 1994": found.p_lau94,
            "permutation": permutation_p(found.statistic, self.maxstat_permuted),
        }


_DIFFERENT = 5  # values of a marker: with fewer, a search says nothing that the values themselves do not


def is_searchable(study: Study, population: Population, marker: str, endpoint: Endpoint) -> bool:
    """Enough different values, a cut that leaves the smallest share on both sides, and events at more than one time."""
    cases = complete(population, endpoint, {marker: analysis_value(population.frame, marker)})
    value, counts = np.unique(cases.x[:, 0], return_counts=True)
    low, high = bounds(cases.data.n, study.settings.methods.min_share)
    below = np.cumsum(counts)[:-1]
    times = np.unique(cases.data.time[cases.data.event])
    return bool(len(value) >= _DIFFERENT and ((below >= low) & (below <= high)).any() and len(times) > 1)


def searched_markers(study: Study) -> list[str]:
    """The score's markers in which a cut-off can be searched in the derivation cohort, on overall survival."""
    offered = [m for m in cuts(study.settings.score) if m in study.derivation.frame]
    return [m for m in offered if is_searchable(study, study.derivation, m, OS)]


def search(study: Study, population: Population, marker: str, endpoint: Endpoint) -> Search:
    """Both searches with permutations and bootstrap."""
    study.tell(f"cut-offs: {short(marker)}, {endpoint.short}")
    methods, rng = study.settings.methods, study.rng(f"cutoff {population.name} {marker} {endpoint.key}")
    cases = complete(population, endpoint, {marker: analysis_value(population.frame, marker)})
    data, value = cases.data, cases.x[:, 0]
    picked = maxstat(data, value, methods.min_share)
    return Search(
        marker,
        endpoint,
        cases,
        scan(data, value, methods.min_share),
        picked,
        permuted_maxima(data, value, methods.permutations, rng, methods.min_share),
        permuted_statistics(picked, data, methods.permutations, rng),
        scan_resamples(data, value, bootstrap_weights(data.n, methods.resamples, rng), methods.min_share),
    )
