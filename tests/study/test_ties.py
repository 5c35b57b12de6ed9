"""Times that differ by one rounding are one time, in every estimator and as in R; times that differ by more are not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from study_cohort import cohort

from pbis.study.run import run_study
from pbis.study.settings import Methods, StudySettings
from pbis.study.stats.concordance import harrell_c, uno_c
from pbis.study.stats.cox import baseline_hazard, fit_cox
from pbis.study.stats.km import at, before, interval_at, kaplan_meier, number_at_risk, quantile, restricted_mean
from pbis.study.stats.logrank import logrank
from pbis.study.stats.maxstat import maxstat
from pbis.study.stats.prediction import auc_at
from pbis.study.stats.scan import scan
from pbis.study.stats.survival import Survival, survival
from pbis.study.stats.ties import asked_times, tie_times, whole_months
from pbis.study.stats.zph import check_proportional_hazards

R = json.loads((Path(__file__).parent / "from_r" / "ties.json").read_text(encoding="utf-8"))
DAYS, OTHER = np.array(R["days"]), np.array(R["other"])
EVENT, GROUP, X = (np.array(R[name]) for name in ("event", "group", "x"))
SAME = DAYS / 30.4375
MIXED = np.where(OTHER, DAYS / 365.25 * 12, SAME)
BOTH = pytest.mark.parametrize("written", ["same", "mixed"])


def months(written: str) -> Survival:
    return survival({"same": SAME, "mixed": MIXED}[written], EVENT)


def test_the_two_divisions_do_differ_so_that_these_tests_could_fail() -> None:
    assert len(np.unique(MIXED)) > len(np.unique(DAYS))
    apart = fit_cox(Survival(MIXED, EVENT > 0), GROUP).coef[0]
    assert apart == pytest.approx(R["apart"], rel=1e-9)
    assert abs(apart - R["mixed"]["efron"]) > 1e-4


@BOTH
def test_every_estimate_is_r_s(written: str) -> None:
    data, want = months(written), R[written]
    found = {
        "distinct": len(np.unique(data.time)),
        "logrank": logrank(data, GROUP).chisq,
        "rho1": logrank(data, GROUP, rho=1).chisq,
        "efron": fit_cox(data, GROUP).coef[0],
        "breslow": fit_cox(data, GROUP, ties="breslow").coef[0],
        "se": fit_cox(data, GROUP).se[0],
        "zph": check_proportional_hazards(data, GROUP, fit_cox(data, GROUP)).tests[0].chisq,
        "median": quantile(kaplan_meier(data)).value,
        "low": quantile(kaplan_meier(data)).low,
        "rmean": restricted_mean(data, 10).value,
        "rmean_se": restricted_mean(data, 10).se,
        "harrell": harrell_c(data, X).value,
        "uno": uno_c(data, X).value,
    }
    assert found == {name: pytest.approx(want[name], rel=1e-7) for name in found}


def test_the_searches_do_not_see_how_the_months_were_made() -> None:
    same, mixed = months("same"), months("mixed")
    np.testing.assert_array_equal(scan(same, X).chisq, scan(mixed, X).chisq)
    np.testing.assert_array_equal(maxstat(same, X).path, maxstat(mixed, X).path)


def test_a_chain_of_neighbours_is_one_time_and_the_first_of_it() -> None:
    np.testing.assert_array_equal(tie_times(np.array(R["chain"])), R["chain_tied"])
    apart = np.array([1.0, 1.0 + 1e-6, 3.0])
    np.testing.assert_array_equal(tie_times(apart), apart)
    assert tie_times(apart) is apart


def test_a_time_asked_about_is_the_observed_one_that_it_is_up_to_a_rounding() -> None:
    below, above = np.nextafter(12.0, 0), np.nextafter(12.0, 99)
    assert asked_times(np.array([above, 12.1]), np.array([1.0, 12.0])).tolist() == [12.0, 12.1]
    for time in (below, 12.0, above):
        data = survival([3.0, time, 15.0, 20.0, 26.0, 30.0], [1, 1, 0, 1, 1, 1])
        curve = kaplan_meier(data)
        assert interval_at(curve, 12.0).value == pytest.approx(4 / 6)
        assert at(curve, np.array([12.0]))[0] == pytest.approx(4 / 6)
        assert before(curve, np.array([12.0]))[0] == pytest.approx(5 / 6)
        assert number_at_risk(data, np.array([12.0]))[0] == 5
        assert auc_at(data, np.array([1.0, 9.0, 2.0, 3.0, 4.0, 5.0]), 12.0) == pytest.approx(0.5)
        assert restricted_mean(data, 12.0).se == pytest.approx(9 * np.sqrt(1 / 30) * 5 / 6)
        assert baseline_hazard(data, np.zeros(6)).at(12.0) == pytest.approx(1 / 6 + 1 / 5)
        assert uno_c(data, np.arange(6.0), 12.0).pairs == 5
    assert whole_months(np.nextafter(24.0, 0)) == 24.0
    assert whole_months(23.99) == 23.0


def test_every_number_of_a_study_is_the_same_however_days_became_months() -> None:
    frame = cohort(130, 5)
    days = {name: (frame[f"{name}_months"] * 30).round().clip(lower=1) for name in ("os", "pfs")}
    tables = []
    for is_mixed in (False, True):
        other = (frame.index % 2 == 0) & is_mixed
        made = {f"{n}_months": np.where(other, d / 365.25 * 12, d / 30.4375) for n, d in days.items()}
        tables.append(frame.assign(**made))
    assert (tables[0]["os_months"] != tables[1]["os_months"]).any()
    compare_studies(*tables)


def test_the_two_tables_at_hand_give_equal_numbers(shared: Path) -> None:
    compare_studies(*(pd.read_csv(shared / "cases" / "study" / f"nt_{kind}.csv") for kind in ("same", "mixed")))


@pytest.mark.parametrize("column", ["m1", "m2"])
def test_the_small_table_at_hand_gives_r_s_numbers_on_either_column(shared: Path, column: str) -> None:
    table = pd.read_csv(shared / "cases" / "study" / "t2.csv")
    data, group = survival(table[column], table["e"]), table["g"].to_numpy()
    assert logrank(data, group).chisq == pytest.approx(0.3335865722, abs=1e-10)
    assert fit_cox(data, group).coef[0] == pytest.approx(0.3978724592, abs=1e-9)
    assert quantile(kaplan_meier(data)).value == 12


def compare_studies(first: pd.DataFrame, second: pd.DataFrame) -> None:
    quick = StudySettings(methods=Methods(resamples=20, permutations=20, draws=10))
    one, two = ([n.as_row() for s in run_study(t, quick).sections for n in s.numbers] for t in (first, second))
    assert len(one) == len(two) > 300
    for a, b in zip(one, two, strict=True):
        for name, value in a.items():
            wanted = pytest.approx(b[name], rel=1e-9, abs=1e-12) if isinstance(value, float) else b[name]
            assert value == wanted, (a["section"], a["term"], a["quantity"], name)
