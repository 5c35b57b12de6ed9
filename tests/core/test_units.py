"""Units: every spelling has one meaning, and conversion is exact both ways."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.units import MASS, convert_text, factor, is_same_unit, multiply_text, refused_kind, spellings, to_unit

SAME = [
    ("pg/mL", "pg/ml", "PG/ML", "pg / mL", "ng/L"),
    ("ug/mL", "\u00b5g/mL", "\u03bcg/mL", "mcg/mL", "mg/L", "UG/ML"),
    (
        "10*9/L",
        "10^9/L",
        "x10^9/L",
        "10E9/L",
        "10\u2079/L",
        "10*3/uL",
        "x10E3/uL",
        "K/uL",
        "G/L",
        "giga.l-1",
        "THOU/MM3",
    ),
    ("/uL", "cells/uL", "/\u00b5L", "/mm3", "10*6/L", "#/uL"),
    ("ng/mL", "ug/L", "mcg/L"),
    ("%", "percent"),
]


@pytest.mark.parametrize("group", SAME, ids=lambda group: group[0])
def test_spellings_of_a_group_are_one_size(group: tuple[str, ...]) -> None:
    units = [to_unit(spelling) for spelling in group]
    assert None not in units
    assert len({(unit.dimension, unit.factor) for unit in units if unit}) == 1


@pytest.mark.parametrize(
    "spelling",
    [
        *(
            "",
            "furlong",
            "109/L",
            "10 9/L",
            "M/uL",
            "mg",
            "g",
            "l",
            "K",
            "pg//mL",
            "pg/mL/h",
            "pg/mL.",
            "mg/L.h",
            "./uL",
            "10*9./L",
            ".cells/uL",
            "cells./uL",
            "Pg/mL",
            "kg/L",
            "mgr/dL",
            "mL/L",
        ),
        *(
            "mil/uL",
            "billion/L",
            "bill/L",
            "T/L",
            "10-3/uL",
            "10^5/uL",
            "10^99/L",
            "10/L",
            "10(3/uL",
            "10^9)/L",
            "10^3",
            "1",
        ),
        *(
            "mg/mm3",
            "g/mm3",
            "ml/min",
            "mg/mg",
            "{cells}",
            "per",
            "%%",
            "per uL per L",
            "\u0413/\u041b",
            "\u338e",
            "mmol/L",
        ),
        "mg/" + "L" * 80,
    ],
)
def test_what_is_not_in_the_table_is_no_unit(spelling: str) -> None:
    assert to_unit(spelling) is None


TABLE = Path(__file__).parents[1] / "spec" / "unit_spellings.csv"
SPELLINGS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("row", SPELLINGS, ids=lambda row: row["spelling"])
def test_a_spelling_has_the_factor_of_the_table_of_tests(row: dict[str, str]) -> None:
    """factor: from the spelling to the unit, as UCUM has it between the unit's code and that in the column ucum."""
    assert to_unit(row["spelling"]) is not None
    assert factor(row["spelling"], row["unit"]) == Fraction(row["factor"])
    assert row["source"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("IU/mL", "[IU]/ml", True),
        ("IU/mL", "kIU/L", True),
        ("IU/mL", "\u041c\u0415/\u043c\u043b", True),
        ("mIU/mL", "MIU/ML", True),
        ("mAU/mL", "m[arb'U]/mL", True),
        ("pmol/mL", "nmol/L", True),
        ("\u00b5mol/L", "umol/l", True),
        ("ug/L", "ng/ml", True),
        ("furlong", "fur long", True),
        ("IU/mL", "IU/L", False),
        ("IU/mL", "U/mL", False),
        ("mIU/mL", "MIU/mL", False),
        ("mAU/mL", "AU/mL", False),
        ("nmol/L", "pmol/L", False),
        ("IU/mL", "ng/mL", False),
        ("furlong", "cubit", False),
    ],
)
def test_two_spellings_of_one_size(one: str, other: str, is_same: bool) -> None:
    assert is_same_unit(one, other) is is_same


@pytest.mark.parametrize(
    ("spelling", "kind"),
    [
        ("IU/mL", "international units"),
        ("[IU]/mL", "international units"),
        ("U/L", "international units"),
        ("mAU/mL", "arbitrary units"),
        ("AU/mL", "arbitrary units"),
        ("nmol/L", "molar"),
        ("\u00b5mol/L", "molar"),
        ("furlong", None),
    ],
)
def test_units_that_need_a_kit_are_known_and_not_converted(spelling: str, kind: str | None) -> None:
    assert to_unit(spelling) is None
    assert refused_kind(spelling) == kind


def test_grams_and_giga_differ_by_their_capital() -> None:
    assert to_unit("g/L").dimension == MASS  # type: ignore[union-attr]
    assert to_unit("G/L").name == "10*9/L"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "source", "target", "wanted"),
    [
        ("3200", "pg/mL", "ng/mL", "3.2"),
        ("3.2", "ug/L", "pg/mL", "3200"),
        ("1.3", "mg/L", "mg/dL", "0.13"),
        ("1300", "ug/L", "mg/dL", "0.13"),
        ("130", "ug/dL", "mg/dL", "0.13"),
        ("0.0013", "g/L", "mg/dL", "0.13"),
        ("2100", "cells/uL", "10*9/L", "2.1"),
        ("0.10", "pg/mL", "pg/mL", "0.1"),
        ("0", "fg/mL", "g/L", "0"),
        ("1E+2", "pg/mL", "ng/mL", "0.1"),
    ],
)
def test_conversion_of_text(value: str, source: str, target: str, wanted: str) -> None:
    assert convert_text(value, source, target) == wanted


def test_no_factor_between_dimensions_or_for_unknown_units() -> None:
    with pytest.raises(ValueError, match="no factor"):
        factor("pg/mL", "/uL")
    with pytest.raises(ValueError, match="furlong"):
        factor("furlong", "pg/mL")


@pytest.mark.parametrize("text", ["NaN", "Infinity", "abc", ""])
def test_what_is_no_finite_number_is_not_multiplied(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        multiply_text(text, Fraction(1))


def test_a_quotient_that_never_ends_keeps_34_digits() -> None:
    assert multiply_text("10", Fraction(1, 3)) == "3." + "3" * 33


NUMBERS = st.decimals(min_value=0, max_value=10**12, places=8, allow_nan=False)
MASSES = [each for each in spellings() if to_unit(each).dimension == MASS]  # type: ignore[union-attr]


@settings(derandomize=True, max_examples=200)
@given(NUMBERS, st.sampled_from(MASSES), st.sampled_from(MASSES))
def test_any_two_spellings_round_trip_exactly(number: Decimal, one: str, other: str) -> None:
    there = convert_text(format(number, "f"), one, other)
    assert Decimal(convert_text(there, other, one)) == number
    assert Fraction(there) == Fraction(number) * factor(one, other)


@settings(derandomize=True, max_examples=100)
@given(NUMBERS, st.integers(1, 60), st.integers(1, 40))
def test_a_quotient_that_ends_is_whole(number: Decimal, twos: int, fives: int) -> None:
    by = Fraction(1, 2**twos * 5**fives)
    assert Fraction(multiply_text(format(number, "f"), by)) == Fraction(number) * by
