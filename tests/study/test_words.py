"""What the cells of a study's table say: coded events, words of responses, regimens that nobody knows, endpoints that cannot both be so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from study_cohort import cohort

from pbis.cli import commands
from pbis.core.errors import ConfigError, TableRefused, UsageError
from pbis.core.outcome import contradiction
from pbis.labs.outcome_words import load_outcome_words
from pbis.pipeline.study import read_table
from pbis.study.data import check_table
from pbis.study.eligibility import apply_eligibility
from pbis.study.findings import examine
from pbis.study.run import run_study
from pbis.study.settings import Design, Methods, StudySettings
from pbis.study.study import make_study

QUICK = StudySettings(methods=Methods(resamples=20, permutations=20, draws=10))


def small() -> pd.DataFrame:
    """Four patients of whom nothing is odd."""
    frame = pd.DataFrame({"subject_id": ["A", "B", "C", "D"], "cohort": "derivation", "regimen": "AB"})
    frame["os_months"], frame["os_event"] = [5.0, 9.0, 12.0, 3.0], [1, 0, 1, 1]
    frame["pfs_months"], frame["pfs_event"] = [4.0, 9.0, 7.0, 3.0], [1, 0, 1, 1]
    frame["best_response"] = ["PR", "SD", "PD", "NE"]
    return frame


def test_events_coded_1_and_2_are_refused_with_how_often_each_is_there() -> None:
    with pytest.raises(TableRefused) as caught:
        check_table(small().assign(os_event=[2, 1, 2, 2]))
    told = str(caught.value)
    assert "column os_event" in told
    assert "row 1 (A) '2', row 3 (C) '2', row 4 (D) '2'" in told
    assert "'1' in 1 row, '2' in 3 rows" in told


@pytest.mark.parametrize("name", ["os_event", "pfs_event", "nlr_point"])
@pytest.mark.parametrize("value", [2, -1, 0.5, "dead", "NaN2"])
def test_no_other_value_is_an_event_anywhere(name: str, value: object) -> None:
    cells = pd.Series([1, value, 0, 1], dtype=object)
    with pytest.raises(TableRefused, match=rf"{name}.*row 2 \(B\) '{value}'"):
        check_table(small().assign(**{name: cells}))


@pytest.mark.parametrize(
    "cells",
    [
        [1, 0, 1, 1],
        [True, False, True, True],
        ["yes", " No", "YES", "y"],
        ["TRUE", "false", "T", "1"],
        [1.0, 0.0, 1.0, 1.0],
    ],
)
def test_the_words_of_an_event_are_those_of_the_table(cells: list[object]) -> None:
    made = check_table(small().assign(os_event=pd.Series(cells, dtype=object)))
    assert made["os_event"].tolist() == [1.0, 0.0, 1.0, 1.0]


def test_an_empty_event_stays_unknown() -> None:
    made = check_table(small().assign(os_event=[1, None, 0, "n/a"]))
    np.testing.assert_array_equal(made["os_event"], [1, np.nan, 0, np.nan])


def test_responses_are_read_whatever_their_case_and_refused_where_they_are_none() -> None:
    made = check_table(small().assign(best_response=["pr", " Sd ", "Progressive  Disease", None]))
    assert made["best_response"].tolist()[:3] == ["PR", "SD", "PD"]
    assert made["best_response"].isna().tolist() == [False, False, False, True]
    with pytest.raises(TableRefused, match=r"best_response: expected CR, PR, SD, PD, NE; found row 3 \(C\) 'better'"):
        check_table(small().assign(best_response=["pr", "sd", "better", "ne"]))


def test_a_number_that_is_none_is_refused_with_its_row() -> None:
    with pytest.raises(TableRefused, match=r"os_months: expected a number; found row 4 \(D\) '3 months'"):
        check_table(small().assign(os_months=[5, 9, 12, "3 months"]))


def test_rows_are_those_of_the_file_where_only_some_are_chosen(tmp_path: Path) -> None:
    frame = small().assign(cohort=["x", "x", "y", "y"], os_event=[1, 0, 1, 2])
    frame.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(TableRefused, match=r"t\.csv: column os_event.*row 4 \(D\)"):
        check_table(read_table(tmp_path / "t.csv", ("y",)))
    check_table(read_table(tmp_path / "t.csv", ("x",)))


def test_a_regimen_that_nobody_knows_is_in_no_comparison() -> None:
    frame = cohort(150, 3)
    frame["regimen"] = frame["regimen"].astype(object)
    frame.loc[[0, 140], "regimen"] = [None, " Unknown"]
    result = run_study(frame, QUICK)
    sets = next(t for t in result.sections[0].tables if t.name == "sets")
    size = {row[0]: row[1] for row in sets.rows}
    assert size["regimen unknown"] == 2
    assert size["other regimens"] == (frame["regimen"] == "lenvatinib").sum()
    assert [(f.kind, f.row) for f in result.findings if "regimen" in f.kind] == [
        ("regimen_unknown", 1),
        ("regimen_unknown", 141),
    ]
    levels = {n.population for s in result.sections if s.name == "subgroups" for n in s.numbers}
    assert "regimen unknown" not in levels
    assert {"regimen AB", "regimen lenvatinib"} <= levels


def test_a_table_that_knows_no_regimen_is_one_regimen() -> None:
    study = make_study(check_table(cohort(120, 3).assign(regimen=None)), QUICK)
    assert study.main.n == study.everybody.n
    assert study.comparison is None
    assert study.unknown is None


def test_spellings_of_one_regimen_are_one_and_said() -> None:
    frame = cohort(150, 3)
    frame.loc[[4, 5], "regimen"] = ["ab ", "Atezolizumab  plus bevacizumab"]
    made = examine(check_table(frame))
    assert set(made.frame["regimen"]) == {"AB", "lenvatinib"}
    said = [(f.row, f.words) for f in made.findings if f.kind == "regimen_spelling"]
    assert said[1] == (6, "regimen 'Atezolizumab  plus bevacizumab' read as 'AB'")
    named = StudySettings(design=Design(main_regimen="atezo-bev"), methods=QUICK.methods)
    assert make_study(check_table(frame), named).main.n == make_study(check_table(frame), QUICK).main.n


def test_endpoints_that_cannot_both_be_so_are_named_row_by_row_and_pfs_is_left_out() -> None:
    frame = small().assign(pfs_months=[6.0, 9.0, 7.0, 3.0], pfs_event=[0, 0, 1, 0])
    made = examine(check_table(frame))
    assert [(f.kind, f.row, f.subject_id) for f in made.findings] == [
        ("pfs_longer_than_os", 1, "A"),
        ("dead_but_not_progressed", 4, "D"),
    ]
    assert "OS 5 months (dead 1), PFS 6 months (progressed 0)" in made.findings[0].words
    np.testing.assert_array_equal(made.frame["pfs_months"], [np.nan, 9, 7, np.nan])
    np.testing.assert_array_equal(made.frame["pfs_event"], [np.nan, 0, 1, np.nan])
    assert made.frame["os_months"].tolist() == frame["os_months"].tolist()


@pytest.mark.parametrize(
    ("four", "rule"),
    [
        ((5.0, True, 6.0, False), "pfs_longer_than_os"),
        ((5.0, None, 6.0, None), "pfs_longer_than_os"),
        ((3.0, True, 3.0, False), "dead_but_not_progressed"),
        ((3.0, True, 2.9, False), None),
        ((3.0, False, 3.0, False), None),
        ((3.0, False, 3.0, True), None),
        ((3.0, True, 3.0, True), None),
        ((3.0, True, None, False), None),
        ((100 / 30.4375, True, np.nextafter(100 / 30.4375, 99), True), None),
        ((100 / 30.4375, True, np.nextafter(100 / 30.4375, 0), False), "dead_but_not_progressed"),
    ],
)
def test_which_pairs_of_endpoints_cannot_be_so(four: tuple[float, bool, float, bool], rule: str | None) -> None:
    assert contradiction(*four) == rule


def test_findings_are_in_the_report_the_result_and_on_the_terminal(tmp_path: Path) -> None:
    frame = cohort(120, 3)
    frame.loc[7, "pfs_months"] = frame.loc[7, "os_months"] + 5
    frame.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "q.toml").write_text("[methods]\nresamples = 20\npermutations = 20\ndraws = 10\n")
    words = ["study", "--data", tmp_path / "t.csv", "--config", tmp_path / "q.toml", "-o", tmp_path / "out"]
    done = CliRunner().invoke(commands, [str(w) for w in words])
    assert done.exit_code == 0, done.output
    assert "PFS longer than OS: PFS left out in" in done.output
    for page in ("report.html", "tables/findings.csv", "result.json"):
        assert "S0007" in (tmp_path / "out" / page).read_text(encoding="utf-8"), page


def test_times_that_cannot_be_months_are_asked_about_column_by_column() -> None:
    frame = cohort(120, 3)
    days = frame.assign(os_months=frame["os_months"] * 30.4375)
    with pytest.raises(TableRefused, match=r"os_months: times that cannot be months.*--time-unit os=days"):
        check_table(days)
    with pytest.raises(UsageError, match="not in one unit"):
        check_table(days, "days")
    np.testing.assert_allclose(check_table(days, "os=days")["os_months"], frame["os_months"])
    np.testing.assert_allclose(check_table(days, "os=days")["pfs_months"], frame["pfs_months"])
    both = days.assign(pfs_months=frame["pfs_months"] * 30.4375)
    np.testing.assert_allclose(check_table(both, "days")["pfs_months"], frame["pfs_months"])
    assert check_table(days, "os=months")["os_months"].tolist() == days["os_months"].tolist()
    with pytest.raises(UsageError, match="expected one of months, days, weeks, years"):
        check_table(days, "os=fortnights")


def test_a_cohort_in_weeks_is_asked_about_by_its_middle() -> None:
    frame = cohort(120, 3)
    weeks = frame.assign(os_months=60 + frame["os_months"] * 5)
    assert weeks["os_months"].max() < load_outcome_words().longest_months
    with pytest.raises(TableRefused, match="median of"):
        check_table(weeks)


def test_a_table_of_words_with_two_meanings_is_refused(tmp_path: Path) -> None:
    source = Path(__file__).parents[2] / "pbis" / "labs" / "outcomes.toml"
    text = source.read_text(encoding="utf-8").replace('no = ["0",', 'no = ["0", "Yes ",')
    (tmp_path / "w.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="'yes' has two meanings"):
        load_outcome_words(tmp_path / "w.toml")
    words = load_outcome_words()
    assert not set(words.missing) & {*words.event_by_word, *words.response_by_word, *words.regimen_by_word}


CASES = {
    "open_e_events12": ("column os_event.*'1' in 26 rows, '2' in 165 rows", None),
    "open_e_days_not_months": ("In which unit", None),
    "open_e_pfs_gt_os": (None, {"pfs_longer_than_os": 191}),
    "open_e_noregimen": (None, {"regimen_unknown": 5}),
    "open_e_lower_resp": (None, {}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_tables_at_hand_are_refused_or_named(shared: Path, name: str) -> None:
    refusal, kinds = CASES[name]
    frame = read_table(shared / "cases" / "study" / f"{name}.csv")
    if refusal:
        with pytest.raises(TableRefused, match=refusal):
            check_table(frame)
        return
    study = make_study(check_table(frame), QUICK)
    found = [f.kind for f in study.findings]
    assert {kind: found.count(kind) for kind in found} == kinds
    if name == "open_e_lower_resp":
        written = frame.loc[frame["regimen"] == "atezo-bev", "best_response"]
        assert study.main.frame["best_response"].isin(["CR", "PR"]).sum() == written.isin(["cr", "pr"]).sum() > 40
    if name == "open_e_noregimen":
        assert (study.comparison.n if study.comparison else 0, study.unknown.n if study.unknown else 0) == (21, 5)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("subject_id,cohort,os_months,os_event\nA,d,3,2\nB,d,4,1\n", "column os_event"),
        ("subject_id,cohort,os_months\nA,d,3\n", "expected columns os_event"),
        ("subject_id,os_months,os_event\nA,3,1\n", "expected a column cohort"),
        ("subject_id,cohort,os_months,os_event\nA,d,3,1\n", "at least 5 deaths"),
        ("", "t.csv"),
    ],
    ids=["events", "columns", "cohort", "too few", "empty"],
)
def test_content_that_cannot_be_a_study_exits_as_a_refused_file(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(TableRefused, match=says) as caught:
        commands.main(["study", "--data", str(tmp_path / "t.csv"), "-o", str(tmp_path / "out")], standalone_mode=False)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_a_marker_outside_what_its_unit_can_be_is_a_finding_of_the_row(tmp_path: Path) -> None:
    frame = small().assign(
        crp_mg_dl=[0.1, 87.0, 1.0, 0.5], il2_pg_ml=[3.2, 900.0, 3.2, 4.0], il2_pg_ml_op=["<", ">", "<", "="]
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    (found,) = examine(check_table(read_table(tmp_path / "t.csv"))).findings
    assert (found.kind, found.row, found.subject_id) == ("implausible", 2, "B")
    assert "crp_mg_dl 87, plausible: at most 50 mg/dL, in another unit?" in found.words


@pytest.mark.parametrize(
    ("name", "values", "unit"),
    [("crp_mg_dl", [60, 80, 0.1, 90], "mg/dL"), ("il12_pg_ml", [2e4, 9e3, 1e4, None], "pg/mL")],
)
def test_a_column_in_another_unit_is_asked_about(
    tmp_path: Path, name: str, values: list[float | None], unit: str
) -> None:
    small().assign(**{name: values}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(TableRefused, match=rf"t\.csv: {name}: values that cannot be {unit}.*Convert the column"):
        read_table(tmp_path / "t.csv")


def ratios(tmp_path: Path, values: list[float]) -> Path:
    frame = pd.DataFrame({"subject_id": [f"S{k}" for k in range(len(values))], "cohort": "d", "os_months": 3.0, "os_event": 1, "nlr": values})  # fmt: skip
    frame.to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


NLR = [1.4, 2.1, 2.8, 3.1, 3.5, 4.2, 5.0, 6.6, 0.9, 2.4]


def test_lymphocytes_over_neutrophils_would_turn_the_score_around_and_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        TableRefused, match=r"t\.csv: nlr: expected neutrophils / lymphocytes, .* found a median of 0.34 of 10 values"
    ):
        read_table(ratios(tmp_path, [1 / value for value in NLR]))
    with pytest.raises(
        TableRefused, match=r"t\.csv: nlr: values that cannot be neutrophils / lymphocytes: expected 0.2 to 60"
    ):
        read_table(ratios(tmp_path, [100 * value for value in NLR]))


def test_ratios_as_they_are_seen_are_taken_and_few_of_them_are_no_median(tmp_path: Path) -> None:
    assert "mark_reasons" not in read_table(ratios(tmp_path, NLR))
    assert "mark_reasons" not in read_table(ratios(tmp_path, [0.5, 0.8, 0.7]))
    marked = read_table(ratios(tmp_path, [*NLR, 340.0]))["mark_reasons"].fillna("").tolist()
    assert marked == [""] * 10 + ["implausible: nlr 340, plausible: 0.2 to 60, a percentage, or the inverse?"]


def test_child_pugh_and_ecog_in_words_decide_who_is_in_as_numbers_do() -> None:
    """B9, C and `ECOG 3` were taken for not recorded, and the patients for eligible."""
    said = ["A5", "Child-Pugh B7", "b 8", "C", "A", "B", "10", None, "A6", "5"]
    frame = pd.DataFrame(
        {
            "subject_id": [f"S{k}" for k in range(10)], "cohort": "derivation", "os_months": 5.0, "os_event": 1,
            "child_pugh": said, "ecog": ["0", "1", "0", "0", "ECOG 1", "0", "0", "0", "PS 3", "n/a"],
        }
    )  # fmt: skip
    flow = apply_eligibility(check_table(frame), StudySettings())
    assert flow.exclusions[["subject_id", "reason"]].to_numpy().tolist() == [
        ["S2", "Child-Pugh out of range"], ["S3", "Child-Pugh out of range"], ["S6", "Child-Pugh out of range"], ["S8", "ECOG out of range"],
    ]  # fmt: skip
    assert {step.rule: step.not_recorded for step in flow.steps if step.not_recorded} == {
        "Child-Pugh 5 to 7": 2,  # nobody knows, and class B alone, which is 7 to 9
        "ECOG 0 to 1": 1,
    }
    left = flow.eligible.set_index("subject_id")["child_pugh"]
    assert left.dropna().to_dict() == {"S0": 5.0, "S1": 7.0, "S9": 5.0}
    for column, text in (("child_pugh", "A8"), ("ecog", "good")):
        with pytest.raises(TableRefused, match=f"column {column}: expected .*; found row 1 .S0. '{text}'"):
            check_table(frame.assign(**{column: text}))
