"""Numbers and nouns agree."""

from __future__ import annotations

import pytest

from pbis.core.words import chance, plural, slips


@pytest.mark.parametrize(("count", "said"), [(0, "0 plates"), (1, "1 plate"), (2, "2 plates"), (44, "44 plates")])
def test_a_noun_agrees_with_its_number(count: int, said: str) -> None:
    assert plural(count, "plate") == said


def test_a_plural_of_its_own() -> None:
    assert (plural(1, "child", "children"), plural(3, "child", "children")) == ("1 child", "3 children")


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("SRO105", ["SR0105", "SR0106"], "SR0105"),  # a letter that looks like the figure goes before any other slip
        ("sr 0105", ["SR0105"], "SR0105"),
        ("SR0150", ["SR0105", "XX"], "SR0105"),  # neighbours changed places
        ("SR105", ["SR0105"], "SR0105"),
        ("SR0105X", ["SR0105"], "SR0105"),
        ("SR0109", ["SR0105", "SR0106"], ""),  # two are as near: nothing is guessed
        ("SR0105", ["SR0105"], ""),  # itself is no slip
        ("SR9905", ["SR0105"], ""),
        ("A1", ["A2"], ""),
    ],
)
def test_a_slip_of_the_pen_is_recognised(word: str, known: list[str], meant: str) -> None:
    assert slips(word, known) == meant


@pytest.mark.parametrize(
    ("probability", "said"),
    [(1, "100.0"), (0.9999, "> 99.9"), (0.9994, "99.9"), (0.5, "50.0"), (0.0006, "0.1"), (0.0004, "< 0.1"), (0, "0.0")],
)
def test_a_probability_that_is_not_certain_never_reads_as_if_it_were(probability: float, said: str) -> None:
    assert chance(probability) == said
