"""Value cells: what is read, and what is refused with which reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.amount import OPERATORS, Amount, NoAmount, parse_amount
from pbis.core.frames import REASONS


@pytest.mark.parametrize(
    ("cell", "op", "text"),
    [
        ("3.50", "=", "3.5"),
        (" 12 ", "=", "12"),
        (".5", "=", "0.5"),
        ("5.", "=", "5"),
        ("1.2E+03", "=", "1200"),
        ("0", "=", "0"),
        ("<6.4", "<", "6.4"),
        ("< 6.4", "<", "6.4"),
        ("<= 5", "<=", "5"),
        ("\u2264 5", "<=", "5"),
        ("> 100", ">", "100"),
        (">=100", ">=", "100"),
        ("\u2265100", ">=", "100"),
        ("<=0", "=", "0"),
        (">=^32", ">=", "32"),
        ("^3.2", "=", "3.2"),
        ("<^0.3^", "<", "0.3"),
        ("\u00a07.1", "=", "7.1"),
    ],
)
def test_amounts(cell: str, op: str, text: str) -> None:
    assert parse_amount(cell) == Amount(op, text)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "not_received"),
        (None, "not_received"),
        ("NaN", "not_received"),
        ("pending", "not_received"),
        ("QNS", "qns"),
        ("Quantity not sufficient", "qns"),
        ("Cancelled", "cancelled"),
        ("HEMOLYZED", "failed_qc"),
        ("not detected", "below_range_undecided"),
        ("OOR >", "above_range_undecided"),
        ("3,5", "unit_ambiguous"),
        ("1,234", "unit_ambiguous"),
        ("1.234,5", "unit_ambiguous"),
        ("-1", "not_received"),
        ("-99", "not_received"),
        ("-0.0", "not_received"),
        ("\u22121", "not_received"),
        ("<0", "not_received"),
        ("< -1", "not_received"),
        ("1e999", "not_received"),
        ("1e-999", "not_received"),
        ("9" * 41, "not_received"),
        ("Infinity", "not_received"),
        ("0x10", "not_received"),
        ("1_000", "not_received"),
        ("\u0663.\u0665", "not_received"),
        ("\uff13", "not_received"),
        ("\u2191 12", "not_received"),
        ("12 H", "not_received"),
        ("2-4", "not_received"),
        ("1^-^2", "not_received"),
        ("<>^2", "not_received"),
        ("<<3", "not_received"),
        ("3.2 pg/mL", "not_received"),
    ],
)
def test_refusals(cell: str | None, reason: str) -> None:
    refused = parse_amount(cell)
    assert isinstance(refused, NoAmount)
    assert refused.reason == reason
    assert refused.detail


def test_a_site_that_writes_decimal_commas_says_so() -> None:
    assert parse_amount("3,5", decimal_mark=",") == Amount("=", "3.5")
    refused = parse_amount("3.500", decimal_mark=",")
    assert isinstance(refused, NoAmount)
    assert refused.reason == "unit_ambiguous"


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=30))
def test_any_text_gives_an_amount_or_a_reason_of_the_closed_list(cell: str) -> None:
    found = parse_amount(cell)
    assert found.op in OPERATORS if isinstance(found, Amount) else found.reason in REASONS


@settings(derandomize=True, max_examples=200)
@given(st.sampled_from(OPERATORS), st.decimals(min_value="0.0001", max_value=10**9, places=4))
def test_what_was_read_reads_the_same_again(op: str, number: object) -> None:
    once = parse_amount(f"{op}{number}")
    assert isinstance(once, Amount)
    assert parse_amount(once.op + once.text) == once
