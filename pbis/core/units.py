"""Exact conversion between units as laboratories spell them; the spellings are `pbis.core.unit_table`.

A static table, because a unit library that guesses reads `K/uL` as kelvin and `G/L` as gauss. A spelling that is not in the
table is no unit: the caller quarantines the row and quotes it. International, arbitrary and molar units are known by kind
(`refused_kind`) and never converted here, since only a kit's own factor can do that.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import lru_cache

from pbis.core.kit_unit import kit_unit
from pbis.core.unit_table import COUNT, MASS, SHARE, Unit, refused_kinds, unit_by_spelling
from pbis.core.unit_words import read_words

__all__ = [
    "COUNT",
    "MASS",
    "SHARE",
    "Unit",
    "convert_text",
    "factor",
    "is_same_unit",
    "multiply_text",
    "plain_text",
    "to_unit",
]

SIGNIFICANT_DIGITS = 34  # of a quotient that never ends; every terminating one is kept whole


def to_unit(reported_spelling: str) -> Unit | None:
    """The unit that a laboratory's spelling means, or None where the table does not know it.

    Blanks anywhere are ignored; letters are compared as written, since `g/L` is grams and `G/L` is giga per litre.
    """
    squeezed = _squeeze(reported_spelling)
    return unit_by_spelling().get(squeezed) or read_words(squeezed)


def is_same_unit(one: str, other: str) -> bool:
    """Two spellings of one size: of the table, or of a unit that only a kit converts; outside both the same letters."""
    first, second = _squeeze(one), _squeeze(other)
    return first == second or (_size(first) is not None and _size(first) == _size(second))


def _size(squeezed: str) -> tuple[str, Fraction] | None:
    known = to_unit(squeezed)
    return kit_unit(squeezed) if known is None else (known.dimension, known.factor)


def factor(source: Unit | str, target: Unit | str) -> Fraction:
    """Exact f with value_in_target = value_in_source * f. ValueError for unknown units or across dimensions."""
    return _factor(_known(source), _known(target))


@lru_cache(maxsize=1024)
def _factor(one: Unit, other: Unit) -> Fraction:
    if one.dimension != other.dimension:
        raise ValueError(f"{one.name} is a {one.dimension}, {other.name} a {other.dimension}: no factor between them")
    return one.factor / other.factor


def convert_text(value: str, source: Unit | str, target: Unit | str) -> str:
    """Decimal text in `source` as decimal text in `target`, exact: '3200' pg/mL is '3.2' ng/mL. See `multiply_text`."""
    return multiply_text(value, factor(source, target))


def multiply_text(value: str, by: Fraction) -> str:
    """Decimal text times an exact factor, as plain decimal text without exponent or trailing zeros.

    A quotient that never ends is rounded to 34 significant digits; rounding is monotone, so it cannot pass a cut-off.
    ValueError where the text is no finite number.
    """
    try:
        number = Decimal(value)
    except ArithmeticError as error:
        raise ValueError(f"{value!r} is no number") from error
    if not number.is_finite():
        raise ValueError(f"{value!r} is no finite number")
    return plain_text(number if by.numerator == by.denominator else _scaled(number, by))


def plain_text(number: Decimal) -> str:
    """A finite number in full: no exponent, no trailing zeros, no negative zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def refused_kind(reported_spelling: str) -> str | None:
    """Why a spelling outside the table needs the kit's own factor: 'international units', 'arbitrary units' or 'molar'."""
    of_kit = kit_unit(_squeeze(reported_spelling))
    if of_kit is not None:
        return of_kit.kind
    numerator = _squeeze(reported_spelling).split("/")[0].strip("[]").casefold().translate(_MU)
    return next((kind for kind, names in refused_kinds().items() if numerator in names), None)


def spellings() -> tuple[str, ...]:
    """Every spelling of the table, sorted; for documents and tests."""
    return tuple(sorted(unit_by_spelling()))


def _squeeze(spelling: str) -> str:
    return "".join(spelling.split())


def _known(unit: Unit | str) -> Unit:
    found = unit if isinstance(unit, Unit) else to_unit(unit)
    if found is None:
        raise ValueError(f"{unit!r} is no unit of the table")
    return found


def _scaled(number: Decimal, by: Fraction) -> Decimal:
    """The product, whole where it ends: a denominator of n digits adds at most 4 n digits to a quotient that does."""
    sign, figures, exponent = number.as_tuple()
    if by.numerator == 1 and by.denominator in _TENS and isinstance(exponent, int):
        return Decimal((sign, figures, exponent - _TENS[by.denominator]))
    digits = len(figures) + _digits(by.numerator)
    whole = Context(prec=digits).multiply(number, by.numerator)
    exact = Context(prec=digits + 4 * _digits(by.denominator))
    quotient = exact.divide(whole, Decimal(by.denominator))
    return quotient if not exact.flags[Inexact] else Context(prec=SIGNIFICANT_DIGITS).divide(whole, by.denominator)


def _digits(whole: int) -> int:
    return len(str(abs(whole)))


_TENS = {
    10**power: power for power in range(1, 13)
}  # most factors are one of these, and moving the point is ten times as fast
_MU = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u"})
