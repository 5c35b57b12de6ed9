"""The scan against one test at a time, maxstat against its definition and published tables, repeats against copies."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from study_cohort import cohort, exponential

from pbis.study.headlines import headlines
from pbis.study.result import Number, Section
from pbis.study.run import run_study
from pbis.study.settings import Methods, StudySettings
from pbis.study.stats.logrank import logrank
from pbis.study.stats.maxstat import lausen92, lausen94, logrank_scores, maxstat
from pbis.study.stats.scan import (
    bootstrap_weights,
    permutation_p,
    permuted_maxima,
    scan,
    scan_resamples,
)
from pbis.study.stats.searched import Covered, repeat_search, searcher
from pbis.study.stats.survival import Survival, survival
from pbis.study.truth import SearchedWorld, searched_coverage


def tied(seed: int, n: int = 60) -> tuple[Survival, np.ndarray]:
    """Coarse times and markers, so that both tie."""
    rng = np.random.default_rng(seed)
    data = exponential(np.zeros(n), rng)
    return survival(np.ceil(data.time / 3), data.event), rng.integers(0, 12, n).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_scan_equals_a_log_rank_test_at_every_cut(seed: int) -> None:
    data, marker = tied(seed)
    found = scan(data, marker)
    for cut, chisq, n_low in zip(found.cut, found.chisq, found.n_low, strict=True):
        one = logrank(data, marker >= cut)
        assert chisq == pytest.approx(one.chisq, rel=1e-9, abs=1e-12)
        assert n_low == (marker < cut).sum()
    assert found.n_low.min() >= 6
    assert found.n_high.min() >= 6
    assert found.p[found.best] == found.p.min()


def test_scan_of_resamples_equals_a_scan_of_the_copied_patients() -> None:
    data, marker = tied(5)
    weights = bootstrap_weights(data.n, 30, np.random.default_rng(1))
    found = scan_resamples(data, marker, weights)
    for k, row in enumerate(weights):
        copies = np.repeat(np.arange(data.n), row.astype(int))
        one = scan(data.take(copies), marker[copies])
        assert found.cut[k] == one.cut[one.best]
        assert found.chisq[k] == pytest.approx(one.chisq[one.best], rel=1e-9)
        assert found.is_high_worse[k] == (one.direction == "high is worse")


def test_permuted_maxima_hold_the_observed_one_when_nothing_is_permuted() -> None:
    class Still(np.random.Generator):
        def permutation(self, x: int) -> np.ndarray:  # type: ignore[override]
            return np.arange(x)

    data, marker = tied(2)
    found = scan(data, marker)
    maxima = permuted_maxima(data, marker, 3, Still(np.random.PCG64(1)))
    # sorting by the marker is undone by an identity permutation, so pairs are as observed
    assert maxima == pytest.approx(np.full(3, found.chisq.max()))
    assert permutation_p(found.chisq.max(), maxima) == 1.0


@pytest.mark.parametrize(
    ("share", "p", "quantile"),
    [(0.25, 0.1, 2.539), (0.25, 0.01, 3.395), (0.4, 0.05, 2.560), (0.1, 0.05, 3.054), (0.1, 0.01, 3.588)],
)
def test_lausen_schumacher_1992_table_2(share: float, p: float, quantile: float) -> None:
    assert brentq(lambda b: lausen92(b, share) - p, 1.5, 6) == pytest.approx(quantile, abs=6e-4)


def test_lausen_1994_page_489() -> None:
    assert round(lausen94(2.5, 200, np.arange(50, 151, 10)), 3) == 0.073


def test_adjusted_p_are_probabilities() -> None:
    assert lausen94(0.3, 100, np.arange(10, 91)) == 1.0
    assert lausen92(0.3, 0.1) == 1.0
    assert 0 <= lausen94(9.0, 100, np.array([50])) < 1e-15


def test_maxstat_is_the_largest_standardised_sum_of_scores() -> None:
    data, marker = tied(3)
    found, score = maxstat(data, marker), logrank_scores(data)
    by_hand = []
    for cut in np.unique(marker)[:-1]:
        low = marker <= cut
        m, n = low.sum(), data.n
        if 6 <= m <= 54:
            mean, variance = m * score.mean(), m * (n - m) / (n * (n - 1)) * ((score - score.mean()) ** 2).sum()
            by_hand.append((abs(score[low].sum() - mean) / variance**0.5, cut))
    best = max(by_hand, key=lambda pair: (round(pair[0], 10), -pair[1]))
    assert found.statistic == pytest.approx(best[0], rel=1e-12)
    assert found.estimate == best[1]
    assert found.cut == marker[marker > found.estimate].min()


def test_no_cut_is_found_where_every_one_leaves_too_few() -> None:
    data, _ = tied(1)
    marker = np.zeros(data.n)
    marker[0] = 1.0
    with pytest.raises(ValueError, match="minimum share"):
        scan(data, marker)
    with pytest.raises(ValueError, match="minimum share"):
        maxstat(data, marker)


def test_a_planted_cut_is_found() -> None:
    rng = np.random.default_rng(11)
    marker = rng.normal(size=400)
    data = exponential(1.5 * (marker >= 0.5), rng)
    found = scan(data, marker)
    assert found.cut[found.best] == pytest.approx(0.5, abs=0.15)
    assert found.direction == "high is worse"
    assert permutation_p(found.chisq.max(), permuted_maxima(data, marker, 200, rng)) == pytest.approx(1 / 201)


def test_search_on_noise_is_optimistic_and_the_correction_takes_most_of_it_away() -> None:
    rng = np.random.default_rng(4)
    apparent, corrected = [], []
    for _ in range(12):
        values = rng.normal(size=(100, 4))
        found = searcher(exponential(np.zeros(100), rng), values, 0.1, 2)
        here = found.judge(found.find(np.ones(100)), np.ones(100)).log_hr
        apparent.append(here)
        corrected.append(here - repeat_search(found, 20, rng).optimism("log_hr"))
    assert np.mean(apparent) > 0.6
    assert abs(np.mean(corrected)) < 0.6 * np.mean(apparent)


def test_the_corrected_interval_holds_the_truth_on_noise_and_where_there_is_an_effect() -> None:
    """A slice of `python bench/study.py --searched`; the quantiles of the resamples, as printed once, hold it in half of noise."""
    noise = searched_coverage(40, np.random.default_rng(31), SearchedWorld(), resamples=25)
    effect = searched_coverage(20, np.random.default_rng(32), SearchedWorld(log_hr=float(np.log(1.78))), resamples=25)
    assert min(noise.printed, effect.printed) >= 0.9
    assert (noise.inside, effect.inside) == (1, 1)
    assert noise.above <= 0.05
    assert noise.shifted < 0.75
    assert 0.2 < noise.mean < 0.5 * noise.apparent  # the optimism that the correction leaves behind


def test_the_study_prints_that_interval_and_none_for_c() -> None:
    result = run_study(cohort(150, 2), StudySettings(methods=Methods(resamples=100, permutations=20, draws=10)))
    made = {n.quantity: n for s in result.sections if s.name == "optimism" for n in s.numbers}
    ratio, c = made["hazard ratio, optimism-corrected"], made["Harrell's C, optimism-corrected"]
    factor = made["hazard ratio, optimism (factor)"].value
    assert ratio.value is not None
    assert ratio.low is not None
    assert ratio.high is not None
    assert factor is not None
    assert ratio.low * ratio.high * factor**0.5 == pytest.approx(ratio.value**2)
    assert (c.low, c.high) == (None, None)
    said = next(line for line in result.headlines if "corrected for that search" in line)
    assert f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" in said


def test_no_interval_is_printed_for_a_search_that_the_bench_has_not_tried() -> None:
    data = exponential(np.zeros(116), np.random.default_rng(3))
    values = np.random.default_rng(2).normal(size=(116, 5))
    usual = searcher(data, values[:, :4], 0.1, 2)
    assert Covered().holds(usual, 1000)
    assert Covered().holds(searcher(data, values[:, :3], 0.1, 2), 100)
    assert not Covered().holds(usual, 99)
    assert not Covered().holds(searcher(data, values[:, :2], 0.1, 2), 1000)
    assert not Covered().holds(searcher(data, values, 0.1, 2), 1000)
    assert not Covered().holds(searcher(data, values[:, :4], 0.2, 2), 1000)
    assert not Covered().holds(searcher(data, values[:, :4], 0.1, 3), 1000)
    few = np.arange(116) < 59
    assert not Covered().holds(searcher(data.take(few), values[few, :4], 0.1, 2), 1000)
    rare = survival(data.time, data.event & (np.cumsum(data.event) <= 24))
    assert not Covered().holds(searcher(rare, values[:, :4], 0.1, 2), 1000)


def test_search_repeats_give_the_same_numbers_from_the_same_seed() -> None:
    values = np.random.default_rng(1).normal(size=(60, 4))
    data = exponential(np.zeros(60), np.random.default_rng(2))
    first, second = (repeat_search(searcher(data, values, 0.1, 2), 5, np.random.default_rng(9)) for _ in range(2))
    assert first.apparent == second.apparent
    assert (first.cuts == second.cuts).all()


def test_a_p_that_is_zero_in_a_computers_numbers_is_counted_among_the_significant() -> None:
    def number(term: str, quantity: str, p: float | None) -> Number:
        return Number(section="cutoffs", population="all", endpoint="os", term=term, quantity=quantity, value=1.0, p=p)

    search, naive = "cut-off by lowest log-rank p", "cut-off by lowest log-rank p, naive p"
    numbers = (
        number("crp", naive, 0.0), number("crp", f"{search}, permutation p", 0.0), number("nlr", naive, None),
    )  # fmt: skip
    (said,) = headlines([Section("cutoffs", "", "", numbers=numbers)], 2)
    assert "of 2 markers on OS: 1 looks significant by the naive p, 1 after" in said
