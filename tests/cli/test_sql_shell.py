"""Questions one after the other: what ends one, what a dot command changes, what a word may become."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbis.cli.output import show_rows
from pbis.cli.sql_shell import Asked, completions, run_shell
from pbis.core.errors import UsageError

NAMES = {"score": ["subject_id", "score", "group"], "result": ["subject_id", "analyte", "value"]}


def typed(text: str) -> tuple[list[tuple[str, Asked]], list[str | None], Asked]:
    """What was asked, each with how it was to be shown; which views were described; what holds at the end."""
    questions: list[tuple[str, Asked]] = []
    described: list[str | None] = []

    def ask(query: str, asked: Asked) -> None:
        questions.append((query, Asked(asked.style, asked.limit, asked.out)))
        if "wrong" in query:
            raise UsageError("Parser Error")

    asked = Asked()
    run_shell(
        ask, described.append, lambda name: described.append(f"query {name}"), NAMES, asked, iter(text.splitlines())
    )
    return questions, described, asked


def test_a_question_ends_with_a_semicolon_and_a_mistake_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    questions, _, _ = typed("select 1;\n\nselect a,\n  .5 from b;\nselect wrong;\nselect 2")
    assert [query for query, _ in questions] == ["select 1;", "select a,\n  .5 from b;", "select wrong;", "select 2"]
    assert capsys.readouterr().err == "error: Parser Error\n"


def test_dot_commands_change_how_answers_are_shown() -> None:
    questions, described, _ = typed(
        ".format csv\n.limit 0\n.out a.xlsx\nselect 1;\nselect 2;\n.tables\n.describe score\n.queries near_a_cut\n.quit\nselect 3;"
    )
    assert [asked for _, asked in questions] == [Asked("csv", 0, Path("a.xlsx")), Asked("csv", 0, None)]
    assert described == [None, "score", "query near_a_cut"]


def test_what_is_mistyped_is_answered_by_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    typed(".describe scor\n.tabels\n.format html\n.limit x\n.out\n.help")
    said = capsys.readouterr()
    for words in (
        "nearest: score",
        "nearest: .tables",
        "expected table, csv or json",
        "expected a whole number",
        "name of a file",
    ):
        assert words in said.err
    assert ".describe VIEW" in said.out


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("sc", "select * from sc", ["score"]),
        ("an", "select an from result", ["analyte", "and"]),
        ("score.g", "select score.g", ["score.group"]),
        ("re", ".describe re", ["result"]),
        (".de", ".de", [".describe"]),
        ("", "select ", []),
        ("", "select * from ", ["result", "score"]),
    ],
)
def test_a_word_may_become(text: str, line: str, found: list[str]) -> None:
    assert completions(text, line, NAMES) == found


def test_an_answer_that_goes_to_another_program_has_every_digit(capsys: pytest.CaptureFixture[str]) -> None:
    """11.5999996 got no point at a cut of 11.6, and was printed as 11.6; 1234567.5 MFI as 1.23457e+06."""
    show_rows(["value", "mfi", "op"], [[11.5999996, 1234567.5, "<"], [0.1 + 0.2, None, "a\nb"]])
    assert capsys.readouterr().out == "value\tmfi\top\n11.5999996\t1234567.5\t<\n0.30000000000000004\t\ta b\n"
