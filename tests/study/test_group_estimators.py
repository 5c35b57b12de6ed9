"""Estimators of comparators, calibration, undecided groups and the table of patients: against other definitions and known truth."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, hypergeom, norm

import pbis.study.sections
from pbis.study.points import least_and_most
from pbis.study.sections.describe import quartile_words
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.independence import independence, mann_whitney_p, quartiles
from pbis.study.stats.maxstat import naive_level_of_best
from pbis.study.stats.paired import paired_difference
from pbis.study.stats.prediction import calibration_slope
from pbis.study.stats.survival import Survival, survival
from pbis.study.stats.two_groups import clock, log_hazard_ratio
from pbis.study.stats.undecided import extreme_groups, pooled_hazard_ratio, turned_share

TIES = "efron"


def patients(n: int, log_hr: float, seed: int) -> tuple[Survival, np.ndarray]:
    rng = np.random.default_rng(seed)
    high = (rng.random(n) < 0.5).astype(float)
    time, censor = rng.exponential(np.exp(-log_hr * high)), rng.exponential(2.0, n)
    return survival(np.minimum(time, censor), time <= censor), high


def test_a_paired_difference_counts_resamples_on_either_side_of_zero() -> None:
    found = paired_difference(np.array([0.7] * 98 + [0.5, np.nan]), np.array([0.6] * 100))
    assert (found.resamples, found.p) == (99, 2 * (1 + 1) / (1 + 99))
    assert found.value == pytest.approx((98 * 0.1 - 0.1) / 99)
    equal = paired_difference(np.ones(10), np.ones(10))
    assert (equal.value, equal.low, equal.high, equal.p) == (0, 0, 0, 1)


def test_a_model_in_its_own_patients_has_slope_one_and_one_twice_as_extreme_half() -> None:
    data, high = patients(300, 0.8, 1)
    fit = fit_cox(data, high, ties=TIES)
    own, extreme = (calibration_slope(data, k * fit.coef[0] * high, TIES) for k in (1, 2))
    assert own is not None
    assert extreme is not None
    assert (own.value, extreme.value) == (pytest.approx(1, rel=1e-6), pytest.approx(0.5, rel=1e-6))
    assert (own.high - own.low) / 2 == pytest.approx(norm.ppf(0.975) * fit.se[0] / fit.coef[0], rel=1e-6)
    assert own.p == pytest.approx(fit.p[0], rel=1e-6)


def test_no_slope_without_events_or_differences() -> None:
    data, high = patients(40, 0.0, 2)
    assert calibration_slope(data, np.ones(40), TIES) is None
    assert calibration_slope(survival(data.time, np.arange(40) < 2), high, TIES) is None


def test_bounds_are_those_of_all_ways_to_decide() -> None:
    data, high = patients(40, 0.5, 3)
    known = high.copy()
    known[[3, 8, 15, 21, 30]] = np.nan
    ways = [np.where(np.isnan(known), 0.0, known) for _ in range(32)]
    for way, choice in zip(ways, product((0.0, 1.0), repeat=5), strict=True):
        way[np.isnan(known)] = choice
    every = [log_hazard_ratio(clock(data), way, TIES)[0] for way in ways]
    for sign, bound in ((1, max(every)), (-1, min(every))):
        group = extreme_groups(data, known, TIES, sign)
        assert np.array_equal(group[~np.isnan(known)], known[~np.isnan(known)])
        assert log_hazard_ratio(clock(data), group, TIES)[0] == pytest.approx(bound)


def test_equal_draws_pool_to_the_one_model_and_draws_without_an_estimate_are_counted_out() -> None:
    data, high = patients(120, 0.7, 4)
    fit = fit_cox(data, high, ties=TIES)
    found = pooled_hazard_ratio(data, np.stack([high, high, high, np.ones(120)]), TIES)
    assert found is not None
    assert (found.draws, found.size, found.missing_share) == (3, 120, 0)
    assert found.value == pytest.approx(fit.hr[0])
    assert found.p == pytest.approx(fit.p[0])
    assert found.low == pytest.approx(np.exp(fit.coef[0] - norm.ppf(0.975) * fit.se[0]))
    assert pooled_hazard_ratio(data, np.stack([high, np.ones(120)]), TIES) is None
    assert np.isnan(log_hazard_ratio(clock(data), np.ones(120), TIES)).all()


def test_who_is_turned_more_often_than_asked_is_counted_among_the_decided() -> None:
    drawn = np.array([[1, 1, 0, np.nan], [1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], float)
    assert turned_share(drawn, np.array([1.0, 1.0, 0.0, np.nan]), 0.3) == pytest.approx(1 / 3)
    assert turned_share(drawn, np.full(4, np.nan), 0.3) is None


def test_the_tests_of_a_table_of_patients_are_named() -> None:
    table = np.array([[30, 5, 2], [20, 9, 8]])
    assert independence(table) == (pytest.approx(chi2_contingency(table, correction=False).pvalue), "Pearson")
    assert independence(np.array([[3, 1, 2], [2, 2, 1]]))[1] == "Pearson, expected < 5"
    p, name = independence(np.array([[8, 2], [1, 5]]))
    ways = hypergeom(16, 9, 10).pmf(np.arange(11))  # of the first column's 9 in the first row of 10
    assert (p, name) == (pytest.approx(ways[ways <= ways[8] * (1 + 1e-9)].sum()), "Fisher")
    assert np.isnan(mann_whitney_p(np.array([]), np.array([1.0])))
    assert mann_whitney_p(np.arange(8.0), np.arange(8.0) + 100) == pytest.approx(2 / 12870, rel=1e-9)  # 2 of C(16, 8)
    assert quartiles(np.array([4.0, 1.0, 3.0, 2.0])) == (1.0, 2.0, 3.0)


def test_a_quartile_that_values_beyond_limits_leave_open_is_no_plain_number() -> None:
    """Whatever the censored values truly are, the quartile lies where the words say; `>` is kept as `<` is."""

    def words(*values: str) -> str:
        sign = [each[0] if each[0] in "<>" else "=" for each in values]
        frame = pd.DataFrame({"m": [float(each.lstrip("<>")) for each in values], "m_op": sign})
        return quartile_words(*least_and_most(frame, "m"))

    assert words("1", "2", "3", "4") == "2.00 (1.00 to 3.00)"
    assert words("<3.2", "<3.2", "<3.2", "4") == "<3.20 (<3.20 to <3.20)"
    assert words("5", ">300", ">300", "7") == "7.00 (5.00 to >300.00)"
    assert words(">300", ">300", ">300") == ">300.0 (>300.0 to >300.0)"
    assert words("<6.4", "1", "2", "3", "4") == "≤3.00 (≤2.00 to ≤4.00)"  # the first may be anything below 6.4
    assert words("<6.4", ">9") == "<6.40 (<6.40 to >9.00)"
    assert words("<20", ">9", "10") == "<20.0 (≤10.0 to ≥10.0)"


def test_the_level_of_the_best_of_one_candidate_is_the_naive_one() -> None:
    chi_square = np.random.default_rng(5).chisquare(1, 200_000)
    assert naive_level_of_best(chi_square) == pytest.approx(0.05, abs=0.002)


def test_sections_compose_and_compute_no_test_of_their_own() -> None:
    """scipy is the estimators': a section that imports it holds one."""
    users = {
        path.name
        for path in Path(pbis.study.sections.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if "scipy" in ast.unparse(node) and isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert users == set()


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_a_fit_of_two_groups_by_counts_is_the_cox_model(ties: str) -> None:
    """Whole samples and resamples, with ties and without, and groups that leave no estimate."""
    rng = np.random.default_rng(8)
    for size, digits in ((20, 0), (60, 0), (116, 1), (116, 6)):
        high = (rng.random(size) < 0.4) * 1.0
        time = rng.exponential(12, size).round(digits) + 1
        data = survival(time, (rng.random(size) < 0.6) & ((high == 0) | (size > 20)))
        for weights in (np.ones(size), rng.multinomial(size, np.full(size, 1 / size)).astype(float)):
            rows = np.repeat(np.arange(size), weights.astype(int))
            fit = fit_cox(data.take(rows), high[rows], ties=ties)
            found = log_hazard_ratio(clock(data), high, ties, weights)
            want = (fit.coef[0], fit.variance[0, 0]) if fit.is_converged else (np.nan, np.nan)
            np.testing.assert_allclose(found, want, rtol=1e-9)
    left_out = np.where(np.arange(size) < 10, np.nan, high)
    kept = np.isfinite(left_out)
    fit = fit_cox(data.take(kept), high[kept], ties=ties)
    assert log_hazard_ratio(clock(data), left_out, ties, kept * 1.0)[0] == pytest.approx(fit.coef[0], rel=1e-9)
