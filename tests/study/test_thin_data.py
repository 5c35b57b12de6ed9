"""Cohorts that leave something without an answer: the study says so in its place and goes on; it never ends as a defect."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from study_cohort import cohort

from pbis.core.errors import TableRefused
from pbis.study.report import report_html, result_json
from pbis.study.run import run_study
from pbis.study.settings import Methods, StudySettings
from pbis.study.stats.concordance import resampled_c
from pbis.study.stats.logrank import logrank
from pbis.study.stats.paired import paired_difference
from pbis.study.stats.scan import bootstrap_weights
from pbis.study.stats.survival import survival

QUICK = StudySettings(methods=Methods(resamples=8, permutations=8, draws=4))
COMPONENTS = ["nlr", "crp_mg_dl", "il12_pg_ml", "il2_pg_ml"]
Change = Callable[[pd.DataFrame], pd.DataFrame]


def _set(**values: object) -> Change:
    return lambda frame: frame.assign(**values)


def _without(*names: str) -> Change:
    return lambda frame: frame.drop(columns=[n for n in (*names, *(f"{n}_op" for n in names)) if n in frame])


_SLICE: dict[str, Change] = {
    "no marker at all": _without(*COMPONENTS, "afp_ng_ml", "crafity", "age", "sex"),
    "NLR of nobody": _set(nlr=np.nan),
    "all die on one day": _set(os_months=5.0, pfs_months=5.0, os_event=1, pfs_event=1),
}
_ALL = _SLICE | {
    "no AFP": _without("afp_ng_ml", "crafity"),
    "no covariate": _without("afp_ng_ml", "crafity", "age", "sex", "days_before_start"),
    "all high": lambda f: f.assign(nlr=10 + f["age"], crp_mg_dl=5.0),
    "all low": _set(nlr=1.0, crp_mg_dl=0.01, il12_pg_ml=1.0, il2_pg_ml=1.0),
    "no events": _set(os_event=0, pfs_event=0),
    "all events": _set(os_event=1, pfs_event=1),
    "no progression": _set(pfs_event=0),
    **{f"{name} constant": _set(**{name: 3.2}) for name in COMPONENTS},
    **{f"{name} missing": _set(**{name: np.nan}) for name in COMPONENTS},
    **{f"no column {name}": _without(name) for name in COMPONENTS},
    "all constant": _set(nlr=3.0, crp_mg_dl=0.1, il12_pg_ml=5.0, il2_pg_ml=3.2),
    "all missing": _set(**dict.fromkeys(COMPONENTS, np.nan)),
    "age missing": _set(age=np.nan),
    "covariates constant": _set(age=60.0, sex="m"),
    "time zero": _set(os_months=0.0, pfs_months=0.0),
    "no response": _set(best_response=np.nan),
    "all respond": _set(best_response="CR"),
    "nobody responds": _set(best_response="PD"),
    "one cohort": _set(cohort="one", regimen="AB"),
    "markers zero": _set(nlr=0.0, crp_mg_dl=0.0),
    "censored throughout": _set(il2_pg_ml=3.2, il2_pg_ml_op="<"),
    "two values": lambda f: f.assign(crp_mg_dl=np.where(np.arange(len(f)) % 2, 0.1, 1.0)),
    "a marker twice": lambda f: f.assign(crp_mg_dl=f["nlr"]),
    "within a month": lambda f: f.assign(os_months=f["os_months"] / 60, pfs_months=f["pfs_months"] / 60),
}


def _said(frame: pd.DataFrame) -> str:
    """The text of the report, or of the refusal; whatever else is raised is a defect."""
    try:
        result = run_study(frame, QUICK)
    except TableRefused as refused:
        return str(refused)
    result_json(result)  # holds no nan
    return re.sub(r"<[^>]+>", " ", report_html(result).rsplit("How it was made", 1)[0])


@pytest.mark.parametrize("name", list(_SLICE))
def test_what_has_no_answer_is_said_in_its_place(name: str) -> None:
    text = _said(_ALL[name](cohort(40, 40, 0.0)))
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", text)
    expected = {
        "no marker at all": (
            "no patient with the whole score",
            "Known of nobody, and therefore not in the table: PBIS",
        ),
        "NLR of nobody": ("Known of nobody, and therefore not in the table: PBIS, 0 to 4; NLR alone", "CRP alone"),
        "all die on one day": ("all events at one time", "has no marker of the score in which a cut-off could be"),
    }
    for words in expected[name]:
        assert words in text


def _followed_to(frame: pd.DataFrame, month: float, rows: pd.Series) -> pd.DataFrame:
    """Whoever of the rows is seen longer is censored at the month."""
    made = frame.copy()
    for name in ("os", "pfs"):
        is_longer = rows & (made[f"{name}_months"] > month)
        made[f"{name}_event"] = made[f"{name}_event"] & ~is_longer
        made.loc[is_longer, f"{name}_months"] = month
    return made


def test_a_cohort_that_is_followed_for_months_says_nothing_of_a_year() -> None:
    frame = cohort(130, 5)
    result = run_study(_followed_to(frame, 8.0, frame["cohort"] != ""), QUICK)
    year = [
        n for part in result.sections for n in part.numbers if "12 months" in n.quantity or n.quantity == "net benefit"
    ]
    assert len(year) > 10
    assert {n.value for n in year if n.value is not None and np.isfinite(n.value)} <= {0.0}
    text = _said(_followed_to(frame, 8.0, frame["cohort"] != ""))
    assert "followed to 8.0 months only" in text
    assert not re.search(r"\bnan\b", text)


def test_deaths_later_than_the_models_own_follow_up_are_not_held_against_it() -> None:
    """The derivation is seen for eight months, the validation to its end: what dies there later is no fault of the model."""
    frame = cohort(300, 5, 0.0)
    whole = run_study(frame, QUICK)
    short = run_study(_followed_to(frame, 8.0, frame["cohort"] == "derivation"), QUICK)
    large = [
        next(n for part in each.sections for n in part.numbers if n.quantity.startswith("calibration in the large"))
        for each in (whole, short)
    ]
    deaths = ((frame["cohort"] == "validation") & frame["os_event"]).sum()
    later = ((frame["cohort"] == "validation") & frame["os_event"] & (frame["os_months"] > 8)).sum()
    assert large[1].note is not None
    assert f"{later} deaths later than the 8.0 months" in large[1].note
    expected = float(large[1].note.split()[1].strip(";"))
    assert large[1].value == pytest.approx((deaths - later) / expected, rel=1e-5)
    assert all(each.low is not None and each.high is not None and each.low < 1 < each.high for each in large)


@pytest.mark.prove
@pytest.mark.parametrize("n", [14, 24, 40])
def test_no_thin_cohort_is_a_defect(n: int) -> None:
    for name, change in _ALL.items():
        assert not re.search(r"\bnan\b|\bNone\b|\binf\b", _said(change(cohort(n, n, 0.0)))), name


def test_a_response_with_fewer_patients_than_terms_is_not_fitted() -> None:
    """Fourteen patients: the penalised profile of a model with as many terms as responders took minutes."""
    text = _said(_ALL["all die on one day"](cohort(14, 14, 0.0)))
    assert re.search(r"not fitted: \d+ patients in the rarer outcome for \d+ terms", text)


def test_too_few_deaths_are_counted_and_not_the_patients() -> None:
    frame = cohort(40, 40, 0.0)
    assert _said(frame.assign(os_event=0)).endswith("a study needs at least 5 deaths; found 0 among 35 patients")


def test_estimators_of_nothing_are_nan_and_no_error() -> None:
    together = survival(np.full(6, 5.0), np.ones(6, bool))
    assert np.isnan(logrank(together, np.arange(6) % 2).p)
    assert bootstrap_weights(0, 3, np.random.default_rng(1)).shape == (3, 0)
    nobody = survival(np.array([]), np.array([], bool))
    drawn = resampled_c(nobody, np.array([]), np.zeros((3, 0)))
    assert np.isnan(drawn).all()
    gap = paired_difference(drawn, drawn)
    assert np.isnan(gap.p)
    assert gap.resamples == 0
