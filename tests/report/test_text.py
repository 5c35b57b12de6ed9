"""Numbers, states and other people's text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from pbis.report import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3.2, "3.2"),
        (3.2049, "3.2"),
        (0.041249, "0.0412"),
        (123.456, "123"),
        (1234.5, "1230"),
        (12345.0, "12\u202f300"),
        (1234567.0, "1\u202f230\u202f000"),
        (0.0, "0"),
        (-0.5, "−0.5"),
        (1e-7, "0.0000001"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_three_significant_digits(value: float | None, shown: str) -> None:
    assert text.significant(value) == shown


@pytest.mark.parametrize(
    ("value", "operator", "bound", "shown"),
    [
        (5.284, "=", None, "5.28"),
        (None, "<", 3.2, "< 3.2"),
        (None, ">", 13107.2, "> 13\u202f100"),
        (None, None, 1, "–"),
    ],
)
def test_a_censored_concentration_shows_its_bound(
    value: float | None, operator: str | None, bound: float | None, shown: str
) -> None:
    assert text.concentration(value, operator, bound) == shown


@pytest.mark.parametrize(("value", "shown"), [(24310.4, "24\u202f310"), (99.96, "100"), (7.26, "7.3"), (12.0, "12")])
def test_an_mfi_needs_no_decimals_from_a_hundred_up(value: float, shown: str) -> None:
    assert text.whole(value) == shown


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("plates/P 1#2.html", "./plates/P%201%232.html"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"),
        ("//evil.example/x", "./evil.example/x"),
        ("/etc/passwd", "./etc/passwd"),
        ("a\ud800", "./a%3F"),
    ],
)
def test_a_link_points_beside_the_page_and_nowhere_else(path: str, link: str) -> None:
    assert text.relative_link(path) == link


def test_wells_sort_as_on_the_plate() -> None:
    assert sorted(["B1", "A10", "A2", "AA1", "P24"], key=text.well_order) == ["A2", "A10", "B1", "P24", "AA1"]


def test_names_of_rules_read_as_words() -> None:
    assert text.phrase("bead_count;curve_fit; ") == "bead count, curve fit"
    assert text.phrase(None) == ""


def test_long_lists_say_how_many_more() -> None:
    assert text.listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert text.listed(["a", "b"], 2) == "a, b"


def test_moments_have_no_seconds_and_days_no_time() -> None:
    assert text.moment(datetime(2026, 3, 9, 4, 5, 6)) == "2026-03-09 04:05"
    assert text.moment(date(2026, 3, 9)) == "2026-03-09"
    assert text.moment(None) == "–"


def test_digits_are_those_of_the_decimal_number() -> None:
    for value in (
        *(7 ** (k / 3) * sign for k in range(-40, 60) for sign in (1, -1)),
        0.0,
        -0.0,
        99.95,
        999.5,
        1e22,
        1e-7,
    ):
        digits = f"{Decimal(repr(float(f'{value:.3g}'))).normalize():f}".replace("-", "−")
        assert text.significant(value).replace(text.THOUSANDS, "") == digits
