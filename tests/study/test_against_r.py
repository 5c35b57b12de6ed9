"""Estimators and tests beside values computed with R 4.2.2 (survival 3.5-3)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from pbis.study.stats.concordance import harrell_c
from pbis.study.stats.cox import fit_cox
from pbis.study.stats.km import kaplan_meier, quantile
from pbis.study.stats.logrank import logrank
from pbis.study.stats.survival import survival
from pbis.study.stats.zph import check_proportional_hazards

DATA_SETS = ("rossi", "gbsg2", "lung", "leukemia", "larynx")


def columns_of(formula: str) -> list[str]:
    return [word.strip("`") for word in formula.split("+")]


@pytest.mark.parametrize("name", DATA_SETS)
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_model_equals_coxph(reference: Any, name: str, ties: str) -> None:
    entry = reference.values("r_cox")["cox"][name]
    want, columns = entry[ties], columns_of(entry["formula"])
    data, x = reference.model(name, columns)
    fit = fit_cox(data, x, columns, ties)
    assert (fit.n, fit.events, fit.is_converged) == (want["n"], want["events"], True)
    terms = [want["terms"][c] if c in want["terms"] else want["terms"][f"`{c}`"] for c in columns]
    np.testing.assert_allclose(fit.coef, [t["coef"] for t in terms], atol=1e-7, rtol=0)
    np.testing.assert_allclose(fit.se, [t["se"] for t in terms], atol=1e-7, rtol=0)
    np.testing.assert_allclose(fit.interval()[:, 0], [t["lo"] for t in terms], rtol=1e-6)
    np.testing.assert_allclose(fit.loglik, want["loglik"], rtol=1e-10)
    np.testing.assert_allclose(fit.score_chisq, want["score"][0], rtol=1e-9)
    concordance = harrell_c(data, fit.linear_predictor)
    assert concordance.value == pytest.approx(want["concordance"], abs=1e-9)
    assert concordance.se == pytest.approx(want["concordance_se"], abs=1e-9)


@pytest.mark.parametrize("name", DATA_SETS)
def test_univariate_cox_equals_coxph(reference: Any, name: str) -> None:
    for column, entry in reference.values("r_cox")["cox"][name]["univariate"].items():
        data, x = reference.model(name, [column])
        fit, want = fit_cox(data, x), next(iter(entry.values()))
        assert fit.coef[0] == pytest.approx(want["coef"], abs=1e-7), column
        assert fit.p[0] == pytest.approx(want["p"], abs=1e-7), column


@pytest.mark.parametrize("name", DATA_SETS)
@pytest.mark.parametrize("transform", ["km", "rank", "identity"])
def test_proportional_hazards_score_test_equals_cox_zph(reference: Any, name: str, transform: str) -> None:
    entry = reference.values("r_cox")["cox"][name]
    columns = columns_of(entry["formula"])
    data, x = reference.model(name, columns)
    found = check_proportional_hazards(data, x, fit_cox(data, x, columns), transform)
    for term, want in entry["efron"][f"zph_{transform}"].items():
        test = found.of(term.strip("`"))
        assert test.chisq == pytest.approx(want["chisq"], rel=1e-8, abs=1e-9), term
        assert (test.df, test.p) == (want["df"], pytest.approx(want["p"], abs=1e-9)), term


@pytest.mark.parametrize("name", DATA_SETS)
def test_log_rank_equals_survdiff(reference: Any, name: str) -> None:
    table = reference.table(name)
    data = survival(table["time"], table["event"])
    for column, want in reference.values("r_logrank")["logrank"][name].items():
        plain, peto = logrank(data, table[column].to_numpy()), logrank(data, table[column].to_numpy(), rho=1)
        assert plain.chisq == pytest.approx(want["chisq"], rel=1e-9)
        assert plain.p == pytest.approx(want["p"], rel=1e-9)
        assert peto.chisq == pytest.approx(want["rho1_chisq"], rel=1e-9)
        np.testing.assert_allclose(plain.expected, want["exp"], rtol=1e-9)
        assert (plain.observed.tolist(), plain.n.tolist()) == (want["obs"], want["n"])


@pytest.mark.parametrize("name", DATA_SETS)
def test_medians_follow_the_convention_of_survfit(reference: Any, name: str) -> None:
    table = reference.table(name)
    checked = 0
    for column, kinds in reference.values("r_km")["km_median"][name].items():
        for kind, groups in kinds.items():
            for label, want in groups.items():
                part = table[table[column] == float(label.split("=")[1])]
                median = quantile(kaplan_meier(survival(part["time"], part["event"]), kind))
                for found, key in ((median.value, "median"), (median.low, "0.95LCL"), (median.high, "0.95UCL")):
                    assert math.isnan(found) if want[key] is None else found == want[key], (column, kind, label, key)
                    checked += 1
    assert checked
