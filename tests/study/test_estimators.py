"""Tables, regressions, concordance, matching and prediction: against R's values, other definitions, and known truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from pbis.study.stats.censored import fit_lognormal, rubin
from pbis.study.stats.concordance import harrell_c, resampled_c, uno_c
from pbis.study.stats.contingency import two_by_two, wilson
from pbis.study.stats.correlation import spearman
from pbis.study.stats.cox import baseline_hazard, fit_cox
from pbis.study.stats.km import interval_at, kaplan_meier, quantile, restricted_mean
from pbis.study.stats.logistic import fit_firth, fit_logistic
from pbis.study.stats.logrank import logrank
from pbis.study.stats.matching import match_nearest
from pbis.study.stats.prediction import auc_at, calibrate, net_benefit
from pbis.study.stats.survival import survival

PAPER = {"derivation": ((11, 51), (20, 34)), "validation": ((6, 33), (8, 7)), "psm": ((11, 46), (24, 33))}


@pytest.mark.parametrize("name", PAPER)
def test_two_by_two_equals_r(reference: Any, name: str) -> None:
    found, want = two_by_two(*PAPER[name], with_unconditional=True), reference.values("r_tables")["paper_2x2"][name]
    more = reference.values("paper_2x2")[name]
    for test in ("fisher", "pearson", "yates"):
        assert found.p[test] == pytest.approx(want[test], rel=1e-12), test
    others = {
        "likelihood ratio": "p_lr",
        "n-1": "p_n-1",
        "mid-p": "p_midp",
        "wald": "p_wald_logit",
        "boschloo": "p_boschloo",
        "barnard": "p_barnard",
    }
    for test, key in others.items():
        assert found.p[test] == pytest.approx(more[key], rel=1e-7), test
    assert (found.sample_or, found.sample_low, found.sample_high) == pytest.approx(
        (more["OR"], *more["OR_ci"]), rel=1e-9
    )
    exact = (found.conditional_or, found.conditional_low, found.conditional_high)
    assert exact == pytest.approx((want["fisher_or"], *want["fisher_ci"]), rel=3e-4)  # R's own root is that coarse


@pytest.mark.parametrize("name", PAPER)
def test_logistic_equals_glm(reference: Any, name: str) -> None:
    (a, b), (c, d) = PAPER[name]
    event = np.repeat([True, False, True, False], [a, b, c, d])
    fit = fit_logistic(event, np.repeat([1.0, 1.0, 0.0, 0.0], [a, b, c, d]), ["high"])
    want = reference.values("r_tables")["paper_2x2"][name]
    assert fit.odds_ratio[1] == pytest.approx(want["logit_or"], rel=1e-9)
    assert fit.interval()[1] == pytest.approx(want["logit_ci_wald"], rel=1e-6)
    assert fit.p[1] == pytest.approx(want["logit_p"], rel=1e-6)
    assert not fit.is_separated


def test_firth_is_finite_where_maximum_likelihood_is_not() -> None:
    x = np.r_[np.arange(5.0), np.arange(6.0, 11.0)]
    event = np.arange(10) >= 5
    assert fit_logistic(event, x, ["x"]).is_separated
    fit = fit_firth(event, x, ["x"])
    assert fit.low[1] < fit.coef[1] < fit.high[1]
    assert 0 < fit.p[1] < 0.05

    def loss(beta: np.ndarray) -> float:
        design = np.column_stack([np.ones(10), x])
        mu = expit(design @ beta)
        information = design.T @ (design * (mu * (1 - mu))[:, None])
        return -float(np.log(np.where(event, mu, 1 - mu)).sum() + 0.5 * np.linalg.slogdet(information)[1])

    best = minimize(loss, fit.coef * 0.9, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).x
    assert fit.coef == pytest.approx(best, abs=1e-5)


def test_firth_of_a_two_by_two_table_adds_one_half_to_every_cell() -> None:
    event = np.repeat([True, False, True, False], [0, 9, 5, 6])
    fit = fit_firth(event, np.repeat([1.0, 1.0, 0.0, 0.0], [0, 9, 5, 6]), ["x"])
    assert fit.odds_ratio[1] == pytest.approx((0.5 / 9.5) / (5.5 / 6.5), rel=1e-6)


def test_cox_says_where_there_is_no_estimate() -> None:
    data = survival([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0])
    assert not fit_cox(data, [1, 1, 1, 0, 0, 0]).is_converged
    twice = np.column_stack([[0, 1, 0, 1, 1, 0], [0, 2, 0, 2, 2, 0]])
    assert not fit_cox(data, twice).is_converged
    with pytest.raises(ValueError, match="missing"):
        fit_cox(data, [1, np.nan, 0, 0, 0, 0])
    with pytest.raises(ValueError, match="event"):
        fit_cox(survival([1, 2], [0, 0]), [0, 1])


def test_strata_add_their_own_risk_sets() -> None:
    data = survival([1, 2, 3, 4, 1, 2, 3, 4], [1, 1, 0, 1, 1, 0, 1, 1])
    x, layer = np.array([1.0, 0, 1, 0, 0, 1, 1, 0]), np.repeat(["a", "b"], 4)
    fit = fit_cox(data, x, strata=layer)
    parts = [fit_cox(data.take(layer == name), x[layer == name]) for name in ("a", "b")]
    assert fit.loglik[0] == pytest.approx(sum(p.loglik[0] for p in parts))
    assert min(p.coef[0] for p in parts) < fit.coef[0] < max(p.coef[0] for p in parts)


def test_median_is_the_middle_of_a_flat_piece_at_one_half() -> None:
    assert quantile(kaplan_meier(survival([1, 2, 3, 4], [1, 1, 1, 1]))).value == 2.5
    assert quantile(kaplan_meier(survival([1, 2, 3, 4], [1, 1, 0, 0]))).value == 2.0
    assert math.isnan(quantile(kaplan_meier(survival([1, 2, 3, 4], [1, 0, 0, 0]))).value)


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    found = restricted_mean(survival([1, 2, 3, 4], [1, 1, 1, 1]), 4.0)
    assert found.value == pytest.approx(2.5)
    assert found.se == pytest.approx(np.std([1, 2, 3, 4]) / 2)


def test_log_rank_of_one_pair_is_the_stratified_sum() -> None:
    data = survival([3, 5, 2, 9, 7, 4], [1, 1, 1, 1, 0, 1])
    found = logrank(data, np.array([1, 0, 1, 0, 1, 0]), strata=np.array([0, 0, 1, 1, 2, 2]))
    # per pair: one event with both at risk counts 1/2 expected, variance 1/4
    assert found.chisq == pytest.approx((1 + 1 + 0 - 3 * 0.5) ** 2 / (3 * 0.25))


def test_concordance_by_counting_pairs() -> None:
    data = survival([1, 2, 2, 3, 4], [1, 1, 0, 1, 0])
    score = np.array([3.0, 1.0, 1.0, 2.0, 0.0])
    # pairs: 1 before all others (4 good); 2 before its tied censoring (equal: 1/2), before 3 (bad), before 4 (good); 3 before 4
    assert harrell_c(data, score).value == pytest.approx((4 + 0.5 + 0 + 1 + 1) / 8)
    everyone = survival([1, 2, 3, 4, 5], [1, 1, 1, 1, 1])
    assert uno_c(everyone, score).value == pytest.approx(harrell_c(everyone, score).value)


def test_resampled_concordance_is_that_of_the_copied_patients() -> None:
    rng = np.random.default_rng(3)
    data = survival(rng.integers(1, 20, 30).astype(float), rng.random(30) < 0.7)
    score, weights = rng.integers(0, 5, 30).astype(float), rng.multinomial(30, np.full(30, 1 / 30), 5).astype(float)
    for row, value in zip(weights, resampled_c(data, score, weights), strict=True):
        copies = np.repeat(np.arange(30), row.astype(int))
        assert value == pytest.approx(harrell_c(data.take(copies), score[copies]).value)


def test_auc_without_censoring_is_mann_whitney() -> None:
    rng = np.random.default_rng(1)
    time, score = rng.exponential(size=80), rng.normal(size=80)
    case = time <= 1.0
    wins = (score[case][:, None] > score[~case][None, :]).mean()
    assert auc_at(survival(time, np.ones(80)), score, 1.0) == pytest.approx(wins)


def test_a_right_model_is_calibrated_and_helps() -> None:
    rng = np.random.default_rng(8)
    x = rng.normal(size=4000)
    time = rng.exponential(1 / np.exp(x))
    data = survival(np.minimum(time, 3), time <= 3)
    fit = fit_cox(data, x)
    hazard = baseline_hazard(data, fit.linear_predictor).at(1.0)
    risk = 1 - np.exp(-hazard * np.exp(fit.linear_predictor))
    assert risk == pytest.approx(1 - np.exp(-np.exp(x)), abs=0.05)
    for group in calibrate(data, risk, 1.0, 4):
        assert group.observed == pytest.approx(group.predicted, abs=0.04)
    model, everybody = (net_benefit(data, r, 1.0, np.array([0.6])) for r in (risk, np.ones(4000)))
    assert model[0] > max(everybody[0], 0.0)


def test_nothing_is_said_of_a_month_that_nobody_was_followed_to() -> None:
    """Deaths at 2 and 4 months, the last of five patients seen at 8: the curve ends there, and not at 12."""
    data = survival([2, 4, 6, 8, 8], [1, 1, 0, 0, 0])
    curve, hazard = kaplan_meier(data), baseline_hazard(data, np.zeros(5))
    assert interval_at(curve, 8.0).value == pytest.approx(0.6)
    assert np.isnan([interval_at(curve, 12.0).value, interval_at(curve, 12.0).low, interval_at(curve, 12.0).high]).all()
    assert hazard.at(8.0) == pytest.approx(1 / 5 + 1 / 4)
    assert np.isnan(hazard.at(12.0))
    assert np.isnan(calibrate(data, np.full(5, 0.4), 12.0)[0].observed)
    assert np.isnan(net_benefit(data, np.full(5, 0.4), 12.0, np.array([0.1])))[0]
    assert np.isnan(net_benefit(data, np.full(5, np.nan), 8.0, np.array([0.1])))[0]
    dead = interval_at(
        kaplan_meier(survival([2, 4], [1, 1])), 12.0
    )  # nobody is left: that is known of every later month
    assert dead.value == 0
    cut = survival([2, 8, 9], [1, 1, 0]).until(4)
    assert (cut.time.tolist(), cut.event.tolist()) == ([2, 4, 4], [True, False, False])


def matching_by_hand(p: np.ndarray, treated: np.ndarray, width: float) -> list[tuple[int, int]]:
    free, pairs = [k for k in range(len(p)) if not treated[k]], []
    for t in sorted(np.flatnonzero(treated), key=lambda k: -p[k]):
        best = min(free, key=lambda c: abs(p[c] - p[t]), default=None)
        if best is not None and abs(p[best] - p[t]) <= width:
            free.remove(best)
            pairs.append((int(t), best))
    return pairs


@pytest.mark.parametrize("seed", range(5))
def test_matching_takes_the_nearest_free_control_within_the_caliper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(90, 2))
    treated = rng.random(90) < expit(x[:, 0])
    found = match_nearest(treated, x, ["a", "b"], 0.2)
    assert found.width == pytest.approx(0.2 * np.std(found.propensity, ddof=1))
    pairs = list(zip(found.treated.tolist(), found.control.tolist(), strict=True))
    assert pairs == matching_by_hand(found.propensity, treated, found.width)
    assert len(set(found.rows.tolist())) == 2 * found.pairs
    assert (found.distance <= found.width).all()


def test_matching_needs_no_control() -> None:
    treated = np.array([True] * 9 + [False])
    found = match_nearest(treated, np.arange(10.0)[:, None] % 3, ["a"], 5.0)
    assert found.pairs == 1


def test_spearman_equals_r_with_ties_and_gaps() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 9, 50).astype(float), rng.normal(size=50)
    x[:5] = np.nan
    found = spearman({"x": x, "y": y, "z": 2 * y})
    from scipy.stats import spearmanr

    want = spearmanr(x[5:], y[5:])
    assert (found.rho[0, 1], found.p[0, 1], found.n[0, 1]) == pytest.approx((want.statistic, want.pvalue, 45))
    assert found.rho[1, 2] == pytest.approx(1.0)
    assert found.q[0, 1] >= found.p[0, 1]


def test_lognormal_with_censoring_finds_the_truth() -> None:
    rng = np.random.default_rng(6)
    value = np.exp(rng.normal(1.0, 0.8, 4000))
    law = fit_lognormal(np.maximum(value, 2.0), np.where(value < 2.0, "<", "="))
    assert (law.mu, law.sigma) == pytest.approx((1.0, 0.8), abs=0.04)
    drawn = law.draw(np.zeros(4000), np.full(4000, 2.0), rng)
    assert drawn.max() <= 2.0
    assert np.median(drawn) == pytest.approx(np.median(value[value < 2.0]), rel=0.06)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("value", "operator"), [([10.0] * 5, "====="), ([10.0] * 5, "====<"), ([3.2] * 5, "<<<<<"), ([10.0], "=")]
)
def test_a_law_of_equal_values_has_a_width(value: list[float], operator: str) -> None:
    """The narrower, the likelier: the search went on to a width of 0, and warned of what it divided by it."""
    law = fit_lognormal(np.array(value), np.array(list(operator)))
    assert np.isfinite(law.mu)
    assert 1e-3 <= law.sigma <= 10


def test_rubin_adds_what_is_between() -> None:
    pooled = rubin(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.5, 0.5]))
    assert pooled.value == 2.0
    assert pooled.se == pytest.approx((0.5 + 4 / 3 * 1.0) ** 0.5)


def test_wilson_stays_inside_zero_and_one() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.27753), abs=1e-4)
    assert wilson(10, 10)[1] == pytest.approx(1.0)
