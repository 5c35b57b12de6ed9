"""Noise: the naive p of the best cut finds something nearly half the time, the adjusted ones rarely; and truth is recovered."""

from __future__ import annotations

import numpy as np
import pytest
from study_cohort import cohort

from pbis.study.data import check_table
from pbis.study.null import null_lines, null_numbers, run_null, shuffled_cohort, simulated_cohort
from pbis.study.settings import StudySettings
from pbis.study.study import make_study
from pbis.study.truth import confounded, known_hazard_ratio, planted_cut


@pytest.fixture(scope="module")
def rates() -> dict[str, float]:
    """Pooled over cohorts, because one cohort's survival times are one draw."""
    rng = np.random.default_rng(20251123)
    runs = [run_null(simulated_cohort(rng), 40, rng, permutations=300) for _ in range(8)]
    made = {kind: float(np.mean([r.rate(kind) for r in runs])) for kind in ("naive", "Lausen 1994", "permutation")}
    made["Lausen-Schumacher 1992"] = float(np.mean([r.rate("Lausen-Schumacher 1992") for r in runs]))
    made["hr"] = float(np.nanmedian(np.concatenate([r.hr for r in runs])))
    return made


def test_the_naive_p_of_the_best_cut_finds_noise(rates: dict[str, float]) -> None:
    assert 0.3 < rates["naive"] < 0.5
    assert 1.7 < rates["hr"] < 2.5


@pytest.mark.parametrize("kind", ["Lausen-Schumacher 1992", "Lausen 1994", "permutation"])
def test_adjusted_p_keep_the_level(rates: dict[str, float], kind: str) -> None:
    # 1,280 noise markers: the Monte Carlo SD of a 5 % rate is 0.61 %
    assert rates[kind] <= 0.05 + 3 * 0.0061


def test_noise_of_a_study_keeps_its_own_patients() -> None:
    study = make_study(check_table(cohort(150, 2)), StudySettings())
    made = shuffled_cohort(study)
    assert made.names == ("NLR", "CRP", "IL-12", "IL-2")
    result = run_null(made, 12, np.random.default_rng(1), permutations=40)
    assert result.p.shape == (12, 4, 4)
    assert len(null_lines(result)) == 7
    assert {n.quantity for n in null_numbers(result)} >= {"share with naive p below .05"}
    assert all(n.test and n.n for n in null_numbers(result))


def test_a_known_hazard_ratio_is_recovered_with_honest_intervals() -> None:
    found = known_hazard_ratio(150, np.random.default_rng(1))
    assert abs(found.bias) < 0.08
    assert found.coverage is not None
    assert 0.9 < found.coverage <= 0.99


def test_confounding_is_seen_and_taken_away() -> None:
    crude, adjusted, matched = confounded(40, np.random.default_rng(2))
    assert crude.bias > 0.3
    assert abs(adjusted.bias) < 0.08
    assert abs(matched.bias) < crude.bias / 2


def test_a_planted_cut_is_found_on_average_but_wanders() -> None:
    lowest, selected = planted_cut(60, np.random.default_rng(3))
    assert abs(lowest.mean) < 0.15
    assert abs(selected.mean) < 0.15
    assert lowest.sd > 0.1
