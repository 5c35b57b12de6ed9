"""What a study says without statistics, and of a matching that did the opposite of what it is for."""

from __future__ import annotations

import re

import pytest

from pbis.draw import palette
from pbis.study.draw.charts import dot_plot
from pbis.study.plain import in_plain_words
from pbis.study.result import Number, Section
from pbis.study.sections.matched import worse_words


def number(term: str, quantity: str, value: float | None, low: float | None = None, high: float | None = None, population: str = "A") -> Number:  # fmt: skip
    return Number(
        section="survival", population=population, endpoint="os", term=term, quantity=quantity, value=value, low=low, high=high, n=50, events=27,
    )  # fmt: skip


def ratio(value: float, low: float, high: float, population: str = "A") -> Number:
    return number("PBIS ≥ 2 vs below", "hazard ratio", value, low, high, population)


def said(*numbers: Number) -> str:
    return in_plain_words([Section("survival", "Score and survival", "", numbers=numbers)], 2)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((ratio(3.73, 1.98, 7.01),), "died sooner: at any time their risk of death was 3.7 times that of patients with a low score (2.0 to 7.0"),
        ((ratio(0.5, 0.3, 0.8),), "died later: at any time their risk of death was 0.5 times"),
        ((ratio(1.3, 0.7, 2.1),), "leave open whether a high score goes with an earlier or a later death"),
        ((ratio(3.7, 2, 7), ratio(1.3, 0.2, 6.8, "B")), "In the set B (50 patients) the data leave open whether there is a difference"),
        ((ratio(3.7, 2, 7), ratio(4.3, 1.3, 14, "B")), "In the set B (50 patients) the risk was 4.3 times (1.3 to 14.0)."),
        (
            (ratio(3.7, 2, 7), number("PBIS high", "median months", 9.4), number("PBIS low", "median months", float("nan"))),
            "a high score half had died after 9.4 months, of those with a low score fewer than half had died by the end.",
        ),
        (
            (ratio(3.7, 2, 7), number("PBIS high", "survival at 12 months", 0.39), number("PBIS low", "survival at 12 months", 0.75)),
            "A year after the first dose 39 % of those with a high score were alive, and 75 % of those with a low one.",
        ),
    ],
)  # fmt: skip
def test_the_paragraph_says_what_the_numbers_are(numbers: tuple[Number, ...], words: str) -> None:
    text = said(*numbers)
    assert words in text
    assert text.startswith("Of 50 patients of the set A whose group is certain, 27 had died.")
    assert text.endswith("nor that the score is the cause.")
    assert not re.search(r"\bnan\b|None| p |HR", text)


def test_without_two_groups_there_is_no_paragraph() -> None:
    assert said() == ""
    assert said(ratio(float("nan"), 1, 2)) == ""


def balance(**covariates: tuple[float, float]) -> list[Number]:
    return [
        Number(section="matching", population="A", endpoint=None, term=term, quantity=f"standardized mean difference, {when}", value=value)
        for term, pair in covariates.items()
        for when, value in zip(("before", "after"), pair, strict=True)
    ]  # fmt: skip


def test_a_matching_that_made_balance_worse_says_so() -> None:
    assert worse_words(balance(age=(0.5, 0.1), sex=(0.1, 0.2))) == ""
    words = worse_words(balance(propensity=(2.0, 0.0), age=(0.1, -0.4), sex=(0.2, 0.1)))
    assert words.startswith("Matching made the groups less alike, not more: on 1 of 2 covariates")
    assert "age (0.10 before, 0.40 after)." in words
    assert worse_words(balance(age=(0.5, float("nan")))) == ""


def test_a_covariate_that_came_out_worse_is_grey() -> None:
    better, worse = (
        dot_plot("Balance", [("age", *pair)], "SMD", 0.1, ("before", "after")) for pair in ((0.5, 0.1), (0.1, 0.5))
    )
    dots = [re.findall(r'<circle fill="([^"]*)" stroke="([^"]*)"', drawn)[:2] for drawn in (better, worse)]
    assert dots[0] == [(palette.PAPER, palette.RED), (palette.BLUE, "none")]
    assert dots[1] == [(palette.PAPER, palette.SOFT), (palette.SOFT, "none")]
