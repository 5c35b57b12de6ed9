"""An operator and a number as an amount; what no concentration can be is unreadable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.amount import OPERATORS, Amount, NoAmount, amount_of
from pbis.core.frames import REASONS


@pytest.mark.parametrize(
    ("op", "number", "amount"),
    [
        ("=", "3.50", Amount("=", "3.5")),
        ("=", "+.5", Amount("=", "0.5")),
        ("=", "1.2E+03", Amount("=", "1200")),
        ("=", "0", Amount("=", "0")),
        ("<", "6.4", Amount("<", "6.4")),
        (">=", "100", Amount(">=", "100")),
        ("<=", "0", Amount("=", "0")),
    ],
)
def test_amounts(op: str, number: str, amount: Amount) -> None:
    assert amount_of(op, number) == amount


@pytest.mark.parametrize(
    ("op", "number", "words"),
    [
        ("=", "-1", "negative"),
        ("=", "-0.0", "negative"),
        ("<", "0", "negative"),
        ("<", "-1", "negative"),
        ("=", "1e999", "beyond"),
        ("=", "1e-999", "beyond"),
        ("=", "9" * 41, "no number"),
        ("=", "inf", "no number"),
        ("=", "1_000", "no number"),
        ("~", "1", "no number"),
    ],
)
def test_what_no_concentration_is(op: str, number: str, words: str) -> None:
    refused = amount_of(op, number)
    assert isinstance(refused, NoAmount)
    assert refused.reason == "unreadable"
    assert words in refused.detail


def test_every_reason_is_of_the_closed_list() -> None:
    assert {"unreadable", "number_ambiguous"} <= set(REASONS)


@settings(derandomize=True, max_examples=200)
@given(st.sampled_from(OPERATORS), st.decimals(min_value="0.0001", max_value=10**9, places=4))
def test_what_was_read_reads_the_same_again(op: str, number: object) -> None:
    once = amount_of(op, str(number))
    assert isinstance(once, Amount)
    assert amount_of(once.op, once.text) == once
