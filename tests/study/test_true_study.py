"""Every table and figure of a study's report says what its patients say: a row of the table that changes, changes what is shown of it.

A table of mutations of patients, each with the parts of a chapter that must read otherwise after it; no part is without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatch
from html import unescape
from typing import Any

import msgspec
import pandas as pd
import pytest
from study_cohort import cohort

from pbis.study.data import check_table
from pbis.study.findings import Finding
from pbis.study.report import report_html
from pbis.study.result import Section, StudyTable, show_interval, show_p
from pbis.study.run import CHAPTERS, Result, run_study
from pbis.study.settings import CutSettings, Methods, StudySettings
from pbis.study.study import make_study

QUICK = StudySettings(methods=Methods(resamples=10, permutations=10, draws=10))
DERIVED, VALIDATED, OTHER = (
    slice(40, 52),
    slice(120, 132),
    slice(172, 182),
)  # patients of the three cohorts, with certain groups
Change = Callable[[pd.DataFrame], pd.DataFrame]


def put(column: str, value: Any, *rows: slice) -> Change:
    """The patients of every set, or these, with another value: a thing, or what a function makes of the old ones."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].astype(object).tolist()
        for at in rows or (DERIVED, VALIDATED, OTHER):
            values[at] = [value(old) if callable(value) else value for old in values[at]]
        return frame.assign(**{column: pd.Series(values).infer_objects()})

    return change


def titled(settings: StudySettings) -> StudySettings:
    return msgspec.structs.replace(settings, design=msgspec.structs.replace(settings.design, title="Another"))


def numbers(told: Result, chapter: str, **values: Any) -> Result:
    """The results with other values in all numbers of a chapter."""
    made = [
        replace(one, numbers=tuple(replace(n, **values) for n in one.numbers)) if one.name == chapter else one
        for one in told.sections
    ]
    return replace(told, sections=tuple(made))


later = put("os_months", lambda months: months + 7.5)
sooner = put("pfs_months", lambda months: months / 2)
nlr = put("nlr", 9.5)
aged = put("age", lambda age: age + 11)
answered = put("best_response", lambda best: "PD" if best in ("CR", "PR") else "CR")
crp, il12, il2 = put("crp_mg_dl", 7.5), put("il12_pg_ml", 77.0), put("il2_pg_ml", 44.0)
afp = put("afp_ng_ml", 4321.0)

# chapter, parts that must read otherwise, the change of patients
PATIENTS: list[tuple[str, str, Change]] = [
    ("patients", "fig-flow words", put("days_before_start", 20)),
    ("patients", "flow sets table1_*", put("days_before_start", 20)),
    ("patients", "sets fig-flow", put("nlr", float("nan"))),
    ("patients", "sets follow_up", put("os_event", lambda dead: not dead)),
    ("patients", "table1_*", aged),
    ("patients", "follow_up", put("os_months", lambda months: months + 30)),
    ("patients", "words", put("regimen", "", OTHER)),
    ("score and survival", "score_sensitivity groups restricted_mean proportional_hazards fig-km_os_*", later),
    ("score and survival", "score_sensitivity groups restricted_mean proportional_hazards fig-km_pfs_*", sooner),
    ("score and survival", "score_sensitivity groups restricted_mean proportional_hazards fig-km_*", nlr),
    ("tumour response", "response fig-response", answered),
    ("tumour response", "response fig-response", nlr),
    ("adjusted models", "left_out cox_* logistic_* fig-cox_*", put("age", float("nan"), slice(40, 43), slice(120, 123))),
    ("adjusted models", "cox_os_* fig-cox_os_*", later),
    ("adjusted models", "cox_pfs_* fig-cox_pfs_*", sooner),
    ("adjusted models", "logistic_*", answered),
    ("comparators", "comparison_os_* fig-comparison_os_* fig-auc_os_*", later),
    ("comparators", "comparison_pfs_* fig-comparison_pfs_*", sooner),
    ("comparators", "comparison_response_*", answered),
    ("calibration and decision", "equation calibration decision_curve fig-*", later),
    ("calibration and decision", "equation calibration decision_curve fig-*", nlr),
    ("propensity matching", "words matched_effects balance matched_pairs fig-love_plot", aged),
    ("propensity matching", "matched_effects", later),
    ("treatment and site", "interaction fig-by_*_os", later),
    ("treatment and site", "interaction fig-by_*_pfs", sooner),
    ("markers", "univariate_* fig-univariate_*", later),
    ("markers", "spearman spearman_clinical markers_by_score fig-spearman* fig-markers_by_score", nlr),
    ("markers", "spearman_clinical fig-spearman_clinical", aged),
    ("markers", "fig-spearman_clinical_pairs", afp),
    ("cut-offs", "cutoffs fig-scan_os_nlr fig-cut_bootstrap_os_nlr", nlr),
    ("cut-offs", "cutoffs fig-scan_os_crp_mg_dl fig-cut_bootstrap_os_crp_mg_dl", crp),
    ("cut-offs", "cutoffs fig-scan_os_il12_pg_ml fig-cut_bootstrap_os_il12_pg_ml", il12),
    ("cut-offs", "cutoffs fig-scan_os_il2_pg_ml fig-cut_bootstrap_os_il2_pg_ml", il2),
    ("optimism", "optimism fig-optimism", later),
    ("optimism", "words optimism fig-optimism", put("nlr", lambda ratio: ratio * 1.3, slice(20, 110))),
    ("certainty", "certainty fig-certainty_os_*", later),
    ("certainty", "certainty fig-certainty_pfs_*", sooner),
    ("certainty", "certainty_shares fig-chance_*", put("nlr", float("nan"))),
]  # fmt: skip
# part of the page outside the chapters, the change of the results
RESULTS: list[tuple[str, Callable[[Result], Result]]] = [
    ("head", lambda told: replace(told, patients=7)),
    ("head", lambda told: replace(told, inputs="f" * 64)),
    ("head", lambda told: replace(told, sections=told.sections[:3])),
    ("head", lambda told: replace(told, settings=titled(told.settings))),
    ("contents", lambda told: replace(told, sections=(replace(told.sections[0], title="Another"),))),
    ("In plain words", lambda told: numbers(told, "survival", value=7.77)),
    ("In plain words", lambda told: numbers(told, "survival", events=7)),
    ("What was found", lambda told: numbers(told, "survival", value=7.77)),
    ("What was found", lambda told: numbers(told, "response", value=7.77)),
    ("What was found", lambda told: numbers(told, "optimism", value=7.77)),
    ("What was found", lambda told: numbers(told, "certainty", value=7.77)),
    ("What was found", lambda told: numbers(told, "cutoffs", p=0.5)),
    ("What was found", lambda told: numbers(told, "subgroups", p=0.777)),
    ("What was found", lambda told: replace(told, findings=(Finding("twice", 7, "S7", "seen"),))),
    ("How it was made", lambda told: replace(told, settings=titled(told.settings))),
    ("How it was made", lambda told: replace(told, inputs="f" * 64)),
]
STATIC = {"reporting map"}  # where the report answers the guidelines: nothing of it depends on the patients


def parts(section: Section, result: Result) -> dict[str, str]:
    """A chapter of the page, as it reads: each table and figure by its name, and under `words` what stands between them."""
    page = report_html(replace(result, sections=(section,)))
    (body,) = re.findall(rf'<h2 id="{section.name}">.*?</section>', page, re.DOTALL)
    of_tables = r'<div class="scroll".*?</table></div>(?:\s*<p class="quiet">.*?</p>)*'
    tables = re.findall(of_tables, body, re.DOTALL)
    of_figures = r'<figure id="([^"]*)".*?</figure>'
    figures = {one[1]: one[0] for one in re.finditer(of_figures, body, re.DOTALL)}
    words = re.sub(of_tables, "", re.sub(of_figures, "", body, flags=re.DOTALL), flags=re.DOTALL)
    assert len(figures) == len(section.figures)
    return dict(zip((one.name for one in section.tables), tables, strict=True)) | figures | {"words": words}


def outside(told: Result) -> dict[str, str]:
    """What the page says outside its chapters, by heading; `head` and `contents` for what stands before the first."""
    page = report_html(told).split("<body>")[1]
    found = {name: re.findall(rf"<{tag}\b.*?</{tag}>", page, re.DOTALL)[0] for name, tag in PLACES}
    pieces = re.split(r"<h2[^>]*>([^<]*)</h2>", page)
    text = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    return found | {name: text.get(name, "") for name in ("In plain words", "What was found", "How it was made")}


PLACES = (("head", "header"), ("contents", "nav"))


@pytest.fixture(scope="module")
def result() -> Result:
    return run_study(cohort(190, 7), QUICK)


@pytest.fixture(scope="module")
def shown(result: Result) -> dict[str, dict[str, str]]:
    """Chapter -> its parts."""
    return {name: parts(one, result) for (name, _), one in zip(CHAPTERS, result.sections, strict=True)}


@pytest.mark.parametrize(
    ("chapter", "wanted", "change"), PATIENTS, ids=[f"{chapter}-{n}" for n, (chapter, _, _) in enumerate(PATIENTS)]
)
def test_a_part_of_a_chapter_changes_with_its_patients(
    chapter: str, wanted: str, change: Change, result: Result, shown: dict[str, dict[str, str]]
) -> None:
    study = make_study(check_table(change(cohort(190, 7))), QUICK)
    made, before = parts(dict(CHAPTERS)[chapter](study), result), shown[chapter]
    for pattern in wanted.split():
        named = [name for name in before if fnmatch(name, pattern)]
        assert named, pattern
        assert [name for name in named if made.get(name) == before[name]] == []


def test_no_part_of_the_report_is_without_a_mutation(result: Result, shown: dict[str, dict[str, str]]) -> None:
    patterns = [(chapter, pattern) for chapter, wanted, _ in PATIENTS for pattern in wanted.split()]
    bare = [
        (chapter, name)
        for chapter, found in shown.items()
        for name in found
        if name != "words" and chapter not in STATIC and not any(c == chapter and fnmatch(name, p) for c, p in patterns)
    ]
    assert bare == []
    assert set(shown) - {chapter for chapter, _, _ in PATIENTS} == STATIC
    headed = set(re.findall(r"<h2[^>]*>([^<]*)</h2>", report_html(result))) - {one.title for one in result.sections}
    assert {name for name, _ in RESULTS} == headed | {name for name, _ in PLACES}


@pytest.fixture(scope="module")
def around(result: Result) -> dict[str, str]:
    return outside(result)


@pytest.mark.parametrize(("name", "change"), RESULTS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(RESULTS)])
def test_what_stands_outside_the_chapters_changes_with_the_results(
    name: str, change: Callable[[Result], Result], result: Result, around: dict[str, str]
) -> None:
    assert outside(change(result))[name] != around[name]


_INTERVAL = re.compile(r"[-\d.e+∞–]+ \([-\d.e+∞–]+ to [-\d.e+∞–]+\)")
_OF_VALUES = ("table1_", "markers_by_score")  # medians with quartiles: they describe patients and estimate nothing


def test_every_interval_and_every_p_on_the_page_is_a_number_of_its_chapter(result: Result) -> None:
    """The page says that each number of it is in result.json."""
    count = 0
    for section in result.sections:
        told = {show_interval(n.value, n.low, n.high, digits) for n in section.numbers for digits in (1, 2, 3)}
        drawn = [unescape(re.sub(r"<[^>]+>", " | ", one.svg)) for one in section.figures]
        cells = [str(c) for t in section.tables if not t.name.startswith(_OF_VALUES) for row in t.rows for c in row]
        shown = [one for text in (*cells, *drawn) for one in _INTERVAL.findall(text)]
        assert set(shown) - told == set(), section.name
        chances = {show_p(n.p) for n in section.numbers} | {"", "–"}
        assert {p for table in section.tables for p in chances_of(table)} - chances == set(), section.name
        count += len(shown)
    assert count > 300


def chances_of(table: StudyTable) -> list[str]:
    """The cells of the columns of p values."""
    heads = [k for k, head in enumerate(table.columns) if re.search(r"\bp\b", head) and head != "lowest p"]
    return [str(row[k]) for row in table.rows for k in heads if k < len(row)]


def test_high_means_the_sum_of_the_settings_everywhere_on_the_page(result: Result) -> None:
    """A study that calls patients high from another sum: sentences, figures and tables are of the same two groups."""
    settings = msgspec.structs.replace(QUICK, score=CutSettings(high_at=3))
    study = make_study(check_table(cohort(190, 7)), settings)
    survival, response = (dict(CHAPTERS)[name](study) for name in ("score and survival", "tumour response"))
    told = replace(result, sections=(survival, response), settings=settings)
    (effect,) = [
        n for n in survival.numbers if (n.term, n.endpoint, n.population) == ("PBIS ≥ 3 vs below", "os", "pooled")
    ]
    words = show_interval(effect.value, effect.low, effect.high)
    groups = [row for row in survival.tables[1].rows if row[:2] == ("pooled", "OS")]
    assert sum(int(str(row[3])) for row in groups) == effect.n
    assert "a score of 3 or more" in survival.lead
    assert f"OS, pooled: PBIS high vs low HR {words}" in "".join(told.headlines)
    assert f"pooled ({effect.n} patients) the risk was {effect.value:.1f} times" in told.plain
    assert f">HR {words}<" in next(one.svg for one in survival.figures if one.name == "km_os_pooled")
    assert "PBIS ≥ 2" not in "".join((*told.headlines, told.plain))
