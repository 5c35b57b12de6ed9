"""Follow-up, equation, calibration, tests of a table and crude and adjusted effects beside values that from_r/report.R computed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pbis.study.data import OS, Population, check_table
from pbis.study.estimates import cox_model, fit_response
from pbis.study.sections.contenders import PBIS
from pbis.study.sections.follow_up import follow_up
from pbis.study.sections.predicting import RiskModel
from pbis.study.settings import Design, StudySettings
from pbis.study.stats.correlation import spearman_pair
from pbis.study.stats.cox import baseline_hazard
from pbis.study.stats.independence import chi_square_p, kruskal_wallis, student_t_p
from pbis.study.stats.prediction import calibration_in_the_large, calibration_slope
from pbis.study.study import make_study

WANT = json.loads((Path(__file__).parent / "from_r" / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    """The same arithmetic as report.R's."""
    i = np.arange(1, 121)
    frame = pd.DataFrame(
        {"os_months": (i * 37) % 101 / 4 + 1, "os_event": ((i * 13) % 7 < 4) * 1, "score": (i * 11) % 5}
    )
    frame["marker"], frame["other"] = (i * 29) % 53 / 3, ((i * 17) % 31 - 15) / 10
    frame["second"] = ((i * 7) % 10 < 4) * 1.0
    frame["high"] = (frame["score"] >= 2) * 1.0
    frame["level"] = ((i // 7 + 2 * frame["second"]) % 3).astype(int)
    frame["response"] = ((i * 23 + 3 * frame["score"]) % 9 < 3) * 1
    return frame


def close(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-12)


def test_equation_and_calibration_equal_coxph_and_glm(patients: pd.DataFrame) -> None:
    home, away = (Population("x", patients[patients["second"] == s].reset_index(drop=True)) for s in (0, 1))
    model = cox_model(home, OS, {PBIS: home.column("score")}, "efron")
    assert model.fit is not None
    hazard = baseline_hazard(model.cases.data, model.fit.linear_predictor)
    coef, se, mean = float(model.fit.coef[0]), float(model.fit.se[0]), float(model.cases.x[:, 0].mean())
    made = RiskModel(PBIS, coef, se, mean, hazard, model.cases)
    assert (coef, se, mean) == (close(WANT["coef"]), close(WANT["se"]), WANT["mean"])
    assert hazard.at(12) == close(WANT["hazard_12"])
    cases = cox_model(away, OS, {PBIS: away.column("score")}, "efron").cases
    large = calibration_in_the_large(cases.data, made.expected(cases))
    assert large is not None
    assert (large.expected, large.value) == (close(WANT["expected"]), close(WANT["large"]))
    assert np.log(large.high / large.low) / (2 * 1.959963984540054) == close(WANT["large_se"])
    assert large.p == close(WANT["large_p"])
    slope = calibration_slope(cases.data, made.linear(cases.x[:, 0]), "efron")
    assert slope is not None
    assert slope.value == close(WANT["slope"])
    assert np.log(np.exp(slope.high - slope.low)) / (2 * 1.959963984540054) == close(WANT["slope_se"])


def test_median_follow_up_equals_survfit_of_the_censored(patients: pd.DataFrame) -> None:
    table = patients.assign(subject_id=[f"S{k:03d}" for k in range(120)], cohort="derivation")
    study = make_study(check_table(table), StudySettings(design=Design()))
    (found,) = follow_up(study)[1]
    assert [found.value, found.low, found.high] == WANT["follow_up"]


def test_the_tests_that_the_paper_names_equal_r(patients: pd.DataFrame) -> None:
    marker, second = patients["marker"].to_numpy(), patients["second"].to_numpy()
    assert student_t_p(marker[second == 0], marker[second == 1]) == close(WANT["student"])
    counts = np.array([[((second == s) & (patients["level"] == v)).sum() for v in range(3)] for s in (0, 1)])
    assert chi_square_p(counts) == close(WANT["chi_square"])
    found = kruskal_wallis([marker[patients["score"] == s] for s in range(5)])
    assert found == (close(WANT["kruskal"]), close(WANT["kruskal_p"]))
    assert spearman_pair(marker, patients["other"].to_numpy())[:2] == (close(WANT["rho"]), close(WANT["rho_p"]))
    assert np.isnan(student_t_p(np.ones(3), np.ones(3)))
    assert np.isnan(chi_square_p(np.array([[1, 0], [2, 0]])))
    assert np.isnan(kruskal_wallis([np.ones(3)])[1])


def test_crude_and_adjusted_effects_equal_coxph_and_glm(patients: pd.DataFrame) -> None:
    everybody = Population("x", patients)
    columns = {name: everybody.column(name) for name in ("high", "marker", "other")}
    fit = cox_model(everybody, OS, columns, "efron").fit
    assert fit is not None
    np.testing.assert_allclose(fit.coef, WANT["adjusted"], rtol=1e-9)
    np.testing.assert_allclose(fit.se, WANT["adjusted_se"], rtol=1e-9)
    np.testing.assert_allclose(fit.p, WANT["adjusted_p"], rtol=1e-9)
    event = everybody.column("response") > 0
    crude = fit_response(event, columns["high"][:, None], ["high"])
    adjusted = fit_response(event, np.column_stack(list(columns.values())), list(columns))
    assert (crude.coef[1], crude.p[1]) == (close(WANT["crude"]), close(WANT["crude_p"]))
    assert (adjusted.coef[1], adjusted.se[1], adjusted.p[1]) == tuple(
        close(WANT[f"odds{w}"]) for w in ("", "_se", "_p")
    )
