"""The table of unit spellings: which text a laboratory may write, and the unit with its exact factor that it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product

MASS = "mass_concentration"  # base pg/mL
COUNT = "number_concentration"  # base /uL
SHARE = "fraction"  # base 1


@dataclass(frozen=True)
class Unit:
    """A unit under its canonical name. A value x means x * factor in the base unit of the dimension."""

    name: str
    dimension: str
    factor: Fraction


@lru_cache(maxsize=1)
def unit_by_spelling() -> Mapping[str, Unit]:
    """Spelling without blanks -> unit. No spelling has two meanings; ValueError if an edit gives one a second."""
    table: dict[str, Unit] = {}
    for source in (_mass(), _power_counts(), _nanolitres(), _word_counts(), _shares()):
        for spelling, unit in source:
            if table.setdefault(spelling, unit) != unit:
                raise ValueError(f"{spelling!r} is both {table[spelling].name} and {unit.name}")
    return table


def refused_kinds() -> Mapping[str, frozenset[str]]:
    """Kind of unit that only a kit's own factor converts -> its numerators, in lower case with u for the mu sign."""
    return _REFUSED


def _mass() -> Iterator[tuple[str, Unit]]:
    for (mass, in_pg), (volume, in_ml) in product(MASSES.items(), _OVER.items()):
        unit = Unit(f"{mass}/{volume}", MASS, in_pg / in_ml)
        for top, bottom in product(MASS_SPELLINGS[mass], VOLUME_SPELLINGS[volume]):
            yield f"{top}/{bottom}", unit
        for top in MASS_SPELLINGS[mass] if mass != "g" else ():  # G/L is giga per litre, so no gram in capitals
            yield f"{top.upper()}/{volume.upper()}", unit


def _power_counts() -> Iterator[tuple[str, Unit]]:
    for exponent, volume in ((2, "uL"), *product((3, 6, 9), ("uL", "mL", "L"))):
        unit = _count(f"10*{exponent}/{volume}", Fraction(10) ** exponent, volume)
        powers = [form.format(exponent) for form in _POWER_FORMS] + ["10" + _SUPERSCRIPTS[exponent]]
        for sign, power, tail in product(("", "x", "X", "\N{MULTIPLICATION SIGN}"), powers, _COUNT_TAILS[volume]):
            yield sign + power + tail, unit


def _nanolitres() -> Iterator[tuple[str, Unit]]:
    """A cell per nanolitre is a thousand per microlitre, and is kept under that name."""
    unit = _count("10*3/uL", Fraction(1000), "uL")
    yield from ((word + tail, unit) for word, tail in product(("", *CELLS), ("/nL", "/nl")))


def _word_counts() -> Iterator[tuple[str, Unit]]:
    for words, scale, volume in _COUNT_WORDS:
        name = {1: f"/{volume}", 10**3: f"10*3/{volume}", 10**9: f"10*9/{volume}"}[scale]
        unit = _count(name, Fraction(scale), volume)
        for word, tail in product(words, _COUNT_TAILS[volume]):
            yield word + tail, unit


def _count(name: str, scale: Fraction, volume: str) -> Unit:
    return Unit(name, COUNT, scale / (VOLUMES[volume] * 1000))


def _shares() -> Iterator[tuple[str, Unit]]:
    percent = Unit("%", SHARE, Fraction(1, 100))
    yield from ((spelling, percent) for spelling in ("%", "percent", "Percent", "PERCENT", "pct"))


MASSES = {
    "fg": Fraction(1, 1000),
    "pg": Fraction(1),
    "ng": Fraction(10**3),
    "ug": Fraction(10**6),
    "mg": Fraction(10**9),
    "g": Fraction(10**12),
}
MASS_SPELLINGS = {
    "fg": ("fg",),
    "pg": ("pg",),
    "ng": ("ng",),
    "ug": ("ug", "\N{MICRO SIGN}g", "\N{GREEK SMALL LETTER MU}g", "mcg"),
    "mg": ("mg",),
    "g": ("g",),
}
VOLUMES = {
    "nL": Fraction(1, 10**6),
    "uL": Fraction(1, 1000),
    "mL": Fraction(1),
    "dL": Fraction(100),
    "L": Fraction(1000),
}  # in mL
_OVER = {name: VOLUMES[name] for name in ("uL", "mL", "dL", "L")}  # what masses are reported over
_MU_LITRES = ("\N{MICRO SIGN}L", "\N{MICRO SIGN}l", "\N{GREEK SMALL LETTER MU}L", "\N{GREEK SMALL LETTER MU}l")
_MICROLITRES = ("uL", "ul", "mcL", "mcl", *_MU_LITRES)
VOLUME_SPELLINGS = {"uL": _MICROLITRES, "mL": ("mL", "ml"), "dL": ("dL", "dl"), "L": ("L", "l")}

_CUBIC_MM = ("/mm3", "/mm^3", "/mm\N{SUPERSCRIPT THREE}", "/cumm", "/cmm", "/MM3", "/CUMM", "/UL", "/MCL")
_COUNT_TAILS = {
    "uL": (*(f"/{spelling}" for spelling in _MICROLITRES), *_CUBIC_MM),
    "mL": ("/mL", "/ml", "/ML"),
    "L": ("/L", "/l", ".L-1", ".l-1"),
}
_POWER_FORMS = ("10*{}", "10^{}", "10E{}", "10e{}", "10**{}", "10E+{}", "10e+{}", "1E{}", "1e{}", "E{}", "10exp{}")
_SUPERSCRIPTS = {
    2: "\N{SUPERSCRIPT TWO}",
    3: "\N{SUPERSCRIPT THREE}",
    6: "\N{SUPERSCRIPT SIX}",
    9: "\N{SUPERSCRIPT NINE}",
}
# The last two: thousand in Chinese and Japanese, and in Korean.
THOUSAND = (
    "K", "k", "thou", "Thou", "THOU", "thous", "Thous", "THOUS", "thousand", "Thousand", "THOUSAND", "Tsd", "\u5343", "\ucc9c",
)  # fmt: skip
CELLS = ("cells", "Cells", "CELLS", "cell", "#")
_COUNT_WORDS = (
    (("", *CELLS), 1, "uL"),
    (("", *CELLS), 1, "mL"),
    (CELLS, 1, "L"),
    (THOUSAND, 10**3, "uL"),
    (("G", "giga", "Giga", "GIGA", "Gpt", "Mrd"), 10**9, "L"),
)
_REFUSED = {
    "international units": frozenset({"iu", "miu", "uiu", "kiu", "i.u.", "ie", "u", "mu", "ku", "uu"}),
    "arbitrary units": frozenset({"au", "mau", "arb'u", "arbu", "rlu", "rfu"}),
    "molar": frozenset({f"{prefix}mol" for prefix in ("", "m", "u", "n", "p", "f", "mc")}),
}
