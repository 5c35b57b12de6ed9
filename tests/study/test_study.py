"""The whole study on a simulated cohort: what it must find, that every number says how it was made, and that it repeats itself."""

from __future__ import annotations

import csv
import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from study_cohort import cohort

from pbis.core.errors import ConfigError, TableRefused, UsageError
from pbis.study.data import OS, check_table, outcome_known
from pbis.study.points import point, score_table
from pbis.study.report import file_name, result_json, write_study
from pbis.study.result import Number, Section, StudyTable, show_interval
from pbis.study.run import Result, run_study
from pbis.study.sections.left_out import left_out, left_out_table
from pbis.study.sections.survival import HIGH
from pbis.study.settings import CutSettings, Methods, StudySettings, load_settings
from pbis.study.study import make_study

QUICK = StudySettings(methods=Methods(resamples=20, permutations=20, draws=10))


@pytest.fixture(scope="module")
def result() -> Result:
    return run_study(cohort(190, 7), QUICK)


@pytest.fixture(scope="module")
def folder(result: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study") / "out"
    write_study(result, out)
    return out


def section(result: Result, name: str) -> Section:
    return next(s for s in result.sections if s.name == name)


def number(result: Result, chapter: str, **wanted: str) -> Number:
    return next(n for n in section(result, chapter).numbers if all(getattr(n, k) == v for k, v in wanted.items()))


def test_the_planted_hazard_ratio_is_recovered(result: Result) -> None:
    found = number(result, "survival", population="pooled", endpoint="os", term="PBIS ≥ 2 vs below")
    assert found.low is not None
    assert found.high is not None
    assert found.low < np.exp(1.2) < found.high
    assert found.ties == "efron"


def test_every_number_says_how_it_was_made(result: Result) -> None:
    numbers = [n for s in result.sections for n in s.numbers]
    assert len(numbers) > 500
    for n in numbers:
        assert n.test, n
        assert n.n is not None, n
        assert n.missing, n
        assert n.inputs == result.inputs
        if n.quantity.startswith("hazard ratio") and n.value is not None:
            assert n.ties in ("efron", "breslow"), n
        if n.endpoint:
            assert n.events is not None, n
        if n.p is not None and np.isfinite(n.p):
            assert 0 <= n.p <= 1, n


def test_every_chapter_of_the_issue_is_there(result: Result) -> None:
    quantities = {n.quantity for s in result.sections for n in s.numbers}
    expected = {
        *("standardized mean difference", "Spearman's rho", "hazard ratio", "log-rank chi-square", "odds ratio"),
        *(
            "proportional-hazards chi-square",
            "Harrell's C",
            "Uno's C",
            "AUC at 12 months",
            "calibration slope",
            "net benefit",
        ),
        *("difference of Harrell's C", "difference of Uno's C", "interaction chi-square", "Cochran's Q"),
        *("hazard ratio, optimism-corrected", "Harrell's C, optimism-corrected", "share whose group is not certain"),
        *("standardized mean difference, before", "standardized mean difference, after"),
        *(
            "cut-off by lowest log-rank p, permutation p",
            "cut-off by maxstat, Lausen 1994 p",
        ),
    }
    assert expected <= quantities
    assert any(q.startswith("restricted mean difference") for q in quantities)


def test_bounds_enclose_the_complete_case_and_both_extremes(result: Result) -> None:
    made = [n for n in section(result, "certainty").numbers if n.population == "pooled" and n.endpoint == "os"]
    by = {(n.note or ""): n.value or 0.0 for n in made}
    low = next(v for k, v in by.items() if k.endswith("smallest"))
    high = next(v for k, v in by.items() if k.endswith("largest"))
    assert low < min(v for k, v in by.items() if k.startswith("all ")) < high
    assert low < next(v for k, v in by.items() if k.startswith("interval-aware")) < high


def test_the_flow_counts_everybody_once() -> None:
    frame = cohort(190, 7)
    frame.loc[5, "age"] = 12
    frame.loc[5, "days_before_start"] = 30
    frame.loc[6, "os_months"] = np.nan
    study = make_study(check_table(frame), QUICK)
    flow = study.flow
    assert flow.exclusions["subject_id"].tolist() == ["S0005", "S0003", "S0006"]
    assert flow.exclusions["reason"].tolist()[0] == "younger than 18 years"
    assert [s.excluded for s in flow.steps] == [1, 0, 0, 1, 1]
    assert [s.is_assessed for s in flow.steps] == [True, False, False, True, True]
    assert len(flow.eligible) == 187
    assert sum(p.n for p in (study.derivation, *study.others)) + (study.comparison.n if study.comparison else 0) == 187


def test_same_data_and_settings_give_the_same_numbers_and_rows_may_come_in_any_order(result: Result) -> None:
    again = run_study(cohort(190, 7).sample(frac=1, random_state=1), QUICK)
    assert result_json(again) == result_json(result)
    other = run_study(cohort(190, 7), msgspec.structs.replace(QUICK, score=CutSettings(nlr=3.0)))
    assert other.inputs != result.inputs


def test_the_folder_holds_report_numbers_tables_and_figures(result: Result, folder: Path) -> None:
    made = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert made["inputs_sha256"] == result.inputs
    assert len(made["numbers"]) == pq.read_table(folder / "numbers.parquet").num_rows
    rows = list(csv.DictReader((folder / "numbers.csv").read_text(encoding="utf-8").splitlines()))
    assert [r["term"] for r in rows] == [n["term"] for n in made["numbers"]]
    tables = sorted(p.stem for p in (folder / "tables").glob("*.csv"))
    assert tables == sorted(p.stem for p in (folder / "tables").glob("*.parquet"))
    assert {"flow", "cutoffs", "matched_pairs", "table1_derivation"} <= set(tables)
    for path in (folder / "figures").glob("*.svg"):
        ElementTree.parse(path)
    assert len(list((folder / "figures").iterdir())) == sum(len(s.figures) for s in result.sections)


class _Outside(HTMLParser):
    """Collects whatever would reach out of the page or run in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = [f"{k}={v}" for k, v in attrs if k in ("src", "href") and not (v or "").startswith("#")]
        self.found += values + [f"{tag}.{k}" for k, _ in attrs if k.startswith("on") or k == "style"]
        self.found += [tag] if tag in ("script", "link", "iframe") else []


def test_the_report_stands_alone(folder: Path) -> None:
    page = _Outside()
    text = (folder / "report.html").read_text(encoding="utf-8")
    page.feed(text)
    assert page.found == []
    assert text.count("<h2") == 16
    assert not re.search(r"\bnan\b|None|inf\b", re.sub(r"<[^>]+>", " ", text.rsplit("How it was made", 1)[0]))


def test_curves_stand_beside_each_other_with_their_hazard_ratio_in_them(result: Result, folder: Path) -> None:
    ratio = number(result, "survival", population="pooled", endpoint="os", term="PBIS ≥ 2 vs below")
    figure = next(f for f in section(result, "survival").figures if f.name == "km_os_pooled")
    assert f">HR {show_interval(ratio.value, ratio.low, ratio.high)}<" in figure.svg
    text = (folder / "report.html").read_text(encoding="utf-8")
    beside = text.split('<div class="multiples">')[1].split("</div>")[0]
    assert beside.count("<figure") == sum(f.is_small for f in section(result, "survival").figures) > 1


def test_the_report_says_it_in_plain_words_first(result: Result, folder: Path) -> None:
    text = unescape((folder / "report.html").read_text(encoding="utf-8"))
    assert result.plain.startswith("Of ")
    assert result.plain in text
    assert text.index("In plain words") < text.index("What was found")


def test_patients_whom_adjusting_leaves_out_are_counted_and_named() -> None:
    frame = cohort(190, 7)
    study = make_study(check_table(frame), QUICK)
    population = study.main
    columns = {HIGH: study.scored(population).high, "age": np.arange(float(population.n))}
    assert left_out(population, OS, columns).rows == ()
    known = np.flatnonzero(np.isfinite(columns[HIGH]) & outcome_known(population, OS))
    columns["age"][known[:3]] = np.nan
    (row,) = left_out(population, OS, columns).rows
    ids = population.frame["subject_id"].iloc[known[:3]].tolist()
    assert row[:2] == ("pooled", "OS")
    assert (row[2], row[4], row[6:]) == (len(known), len(known) - 3, (3, "age", ", ".join(ids)))
    assert "same patients" in left_out_table(()).notes[0]


def test_the_report_is_bound_as_the_pages_are(folder: Path) -> None:
    text = (folder / "report.html").read_text(encoding="utf-8")
    (said,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    digest = b64encode(sha256(re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1).encode()).digest()).decode()  # type: ignore[union-attr]
    assert unescape(said) == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_a_table_is_no_formula_in_a_spreadsheet(result: Result, tmp_path: Path) -> None:
    cells = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "-0.5", "-8.1 (-11.6 to -4.7)")
    made = replace(result.sections[0], tables=(StudyTable("odd", "Odd", ("cell",), tuple((c,) for c in cells)),))
    write_study(replace(result, sections=(made,)), tmp_path / "out")
    rows = list(csv.reader((tmp_path / "out" / "tables" / "odd.csv").read_text(encoding="utf-8").splitlines()[1:]))
    assert [row[0] for row in rows] == [c if c == "-0.5" else f"'{c}" for c in cells]


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    frame = cohort(120, 3)
    evil = '<script>alert(1)</script>/../"x\u202e'
    frame["cohort"] = frame["cohort"].replace("validation", evil)
    write_study(run_study(frame, QUICK), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert "&lt;U+202E&gt;" in page
    assert "/" not in file_name(evil)
    assert all(p.parent.name in ("tables", "figures", "out") for p in tmp_path.rglob("*.*"))


def test_a_folder_with_other_things_is_never_emptied(result: Result, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match="expected a new folder or an earlier study"):
        write_study(result, tmp_path)
    assert (tmp_path / "thesis.docx").exists()
    (folder / "tables" / "old.csv").write_text("x")
    write_study(result, folder)
    assert not (folder / "tables" / "old.csv").exists()


def test_a_cohort_or_regimen_that_is_not_recorded_is_a_set_of_its_own() -> None:
    frame = cohort(120, 3)
    frame.loc[:4, "cohort"] = None
    frame.loc[118:, "regimen"] = None
    study = make_study(check_table(frame), QUICK)
    assert "not recorded" in [p.name for p in study.others]
    assert study.comparison is not None
    assert set(study.comparison.frame["regimen"]) == {"lenvatinib"}
    assert study.unknown is not None
    assert set(study.unknown.frame["regimen"]) == {"unknown"}


def test_a_table_with_nothing_optional_still_gives_a_study() -> None:
    columns = ["subject_id", "cohort", "os_months", "os_event", "nlr", "crp_mg_dl", "il12_pg_ml", "il2_pg_ml"]
    frame = cohort(120, 3)[columns]
    frame["cohort"] = "one"
    found = run_study(frame, QUICK)
    assert section(found, "response").numbers == ()
    assert "one regimen and one cohort" in section(found, "subgroups").lead
    assert {n.endpoint for n in section(found, "survival").numbers} == {"os"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="os_event"), "expected columns os_event"),
        (lambda f: pd.concat([f, f.tail(1)]), "S0119 more than once"),
        (lambda f: f.assign(os_event=False), "at least 5 deaths"),
        (lambda f: f.assign(os_months=-1.0), "must not be negative"),
    ],
)
def test_tables_that_cannot_be_a_study_are_refused(change: object, message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        run_study(change(cohort(120, 3)), QUICK)  # type: ignore[operator]


def test_points_are_three_valued() -> None:
    value = np.array([3.5, 3.4, 3.2, 6.4, 3.5, 4.0, 1.0, np.nan])
    sign = np.array(["=", "=", "<", "<", "<=", ">", ">", "="])
    found = point(value, sign, 3.5)
    np.testing.assert_array_equal(found, [1, 0, 0, np.nan, np.nan, 1, np.nan, np.nan])


def test_group_is_open_only_where_the_unknown_could_decide() -> None:
    frame = pd.DataFrame({"nlr": [9.0, 9.0, 1.0], "crp_mg_dl": [9.0, 0.01, 0.01], "il12_pg_ml": [1.0, 1.0, 1.0]})
    frame["il2_pg_ml"] = np.nan
    found = score_table(frame, CutSettings())
    np.testing.assert_array_equal(found.high, [1, np.nan, 0])
    np.testing.assert_array_equal(found.most - found.least, [1, 1, 1])
    decided = frame.assign(il2_point=[1.0, 1.0, 1.0])
    np.testing.assert_array_equal(score_table(decided, CutSettings()).high, [1, 1, 0])
    assert score_table(frame, CutSettings(il2_pg_ml=None)).names == ("nlr", "crp_mg_dl", "il12_pg_ml")


def test_settings_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text("[methods]\nresamples = 50\n[score]\nil2_pg_ml = 3200\n")
    assert load_settings(path).methods.resamples == 50
    assert load_settings(path).score.il2_pg_ml == 3200
    path.write_text("[methods]\nbootstraps = 50\n")
    with pytest.raises(ConfigError, match="bootstraps"):
        load_settings(path)


def test_columns_named_in_the_settings_must_exist() -> None:
    settings = msgspec.structs.replace(QUICK, models=msgspec.convert({"covariates": ["shoe_size"]}, type(QUICK.models)))
    with pytest.raises(UsageError, match="shoe_size"):
        run_study(cohort(120, 3), settings)
