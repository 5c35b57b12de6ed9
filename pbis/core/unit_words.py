"""Units that are written out, in other scripts or with an exponent: what the table of spellings would be too long for.

A unit here is a mass or a count over a volume; each part is a word of a list, compared whole, so that nothing is guessed from a
resemblance. Factors: by UCUM for what it can write; tests/spec/unit_spellings.csv has the source of every other one.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache

from pbis.core.unit_table import (
    CELLS,
    COUNT,
    MASS,
    MASS_SPELLINGS,
    MASSES,
    SHARE,
    THOUSAND,
    VOLUME_SPELLINGS,
    VOLUMES,
    Unit,
)

MOST = 60  # characters of a unit; the longest that is written out, in words, has 40


@lru_cache(maxsize=4096)
def read_words(squeezed: str) -> Unit | None:
    """The unit of a text without blanks that is no spelling of the table; None where a part of it is no word of the lists."""
    if len(squeezed) > MOST:
        return None
    text = plain(squeezed)
    folded = text.casefold()
    if folded in _SHARES:
        return Unit("%", SHARE, Fraction(1, 100))
    if text in _WHOLE or folded in _WHOLE:
        return _counted(_WHOLE.get(text) or _WHOLE[folded], "L")
    if text.endswith("%"):
        return _of_mass(text[:-1], "dL")
    parts = cut(text)
    if parts is None:
        return None
    top, volume, is_cube = parts
    return (None if is_cube else _of_mass(top, volume)) or _of_count(top, volume)


def plain(squeezed: str) -> str:
    """Wide and composed signs (\N{SQUARE MU L}, \N{FULLWIDTH SOLIDUS}) as their letters, and no annotations ({cells}); exponents stay."""
    text = squeezed
    if not text.isascii():
        text = "".join(_SIGNS.get(each) or unicodedata.normalize("NFKC", each) for each in text)
    return _ANNOTATION.sub("", text) if "{" in text else text


def cut(text: str) -> tuple[str, str, bool] | None:
    """What stands over the volume, the volume's name, and whether it was written as a cube (mm3); None where there is no volume."""
    found = _INVERSE.fullmatch(text) or _OVER.fullmatch(text)
    if found is None:
        return None
    word = found["volume"]  # a dot behind it may be all that is left of a further factor, as of mg/L.h
    name = _VOLUMES.get(word) or _VOLUMES.get(word.casefold() if len(word) > 2 or word.isupper() else word)
    return None if name is None else (found["top"], name, word.casefold() in _CUBES)


def _of_mass(top: str, volume: str) -> Unit | None:
    """Abbreviations as written, or all in capitals but for the gram, whose capital is giga (of a litre); words in any case."""
    name = "g" if (top, volume) == ("G", "dL") else _MASSES.get(top)
    if name is None and len(top) > 1 and (top.isupper() or len(top) > 4):
        name = _MASSES.get(top.casefold())
    return None if name is None else Unit(f"{name}/{volume}", MASS, MASSES[name] / VOLUMES[volume])


def _of_count(top: str, volume: str) -> Unit | None:
    found = _COUNTED.fullmatch(top)
    if found is None:
        return None
    power = found["power"] or found["inside"] or found["lost"] or (found["raised"] or "").translate(_LOWERED)
    scale = (found["scale"] or "").rstrip(".").casefold()
    return _counted(int(power) if power else _SCALES[scale] if scale else 0, volume)


def _counted(exponent: int, volume: str) -> Unit:
    if volume == "nL":  # a cell per nanolitre is a thousand per microlitre, and is kept under that name
        exponent, volume = exponent + 3, "uL"
    name = f"10*{exponent}/{volume}" if exponent else f"/{volume}"
    return Unit(name, COUNT, Fraction(10) ** exponent / (VOLUMES[volume] * 1000))


_RAISED = "\N{SUPERSCRIPT TWO}\N{SUPERSCRIPT THREE}\N{SUPERSCRIPT FOUR}\N{SUPERSCRIPT SIX}\N{SUPERSCRIPT NINE}"
_ONE, _MINUS = "\N{SUPERSCRIPT ONE}", "\N{SUPERSCRIPT MINUS}"
_LOWERED = str.maketrans(_RAISED + _ONE, "234691")
# Signs that are one, and raised digits, which must not become digits of the number before them.
_SIGNS = {each: each for each in _RAISED + _ONE + _MINUS} | {
    "\N{DIVISION SLASH}": "/", "\N{FRACTION SLASH}": "/", "\N{DOT OPERATOR}": "\N{MIDDLE DOT}", "\N{BULLET OPERATOR}": "\N{MIDDLE DOT}",
    "\N{MODIFIER LETTER CIRCUMFLEX ACCENT}": "^", "\N{ASTERISK OPERATOR}": "*",
}  # fmt: skip
_ANNOTATION = re.compile(r"\{[!-z|~]*\}")

# Cubic millimetres, in which only cells are counted: a litre is 1 dm3 (UCUM), so mm3 is a microlitre, and cc and cm3 a millilitre.
_CUBES = frozenset(
    [
        "mm3",
        "mm^3",
        "mm³",
        "mm*3",
        "mm**3",
        "cumm",
        "cu.mm",
        "cu.mm.",
        "cmm",
        "c.mm",
        "c.mm.",
        "mmc",
        "mmc.",
        "cubicmillimeter",
        "cubicmillimetre",
    ]
)
# Names by GOST 8.417 (Cyrillic) and GB 3100 (Chinese); words in full by the brochure of the SI. 100 mL are a decilitre.
_VOLUME_WORDS = {
    "nL": "nL nl nanoliter nanolitre",
    "uL": "microl mikrol microliter microliters microlitre microlitres мкл 微升",
    "mL": "cc cm3 cm^3 cm\N{SUPERSCRIPT THREE} milliliter milliliters millilitre millilitres мл 毫升",
    "dL": "100ml 100cc deciliter deciliters decilitre decilitres дл 分升",
    "L": "liter liters litre litres ltr л 升",
}
_VOLUMES = {word: name for name, words in _VOLUME_WORDS.items() for word in words.split()}
_VOLUMES |= {word: name for name, words in VOLUME_SPELLINGS.items() for word in words} | dict.fromkeys(_CUBES, "uL")
_MASS_WORDS = {
    "fg": "femtogram femtograms",
    "pg": "picogram picograms пг 皮克",
    "ng": "nanogram nanograms нг 纳克 納克",
    "ug": "microgram micrograms мкг 微克",
    "mg": "milligram milligrams мг 毫克",
    "g": "gram grams gm gms г 克",
}
_MASSES = {word: name for name, words in _MASS_WORDS.items() for word in words.split()}
_MASSES |= {word: name for name, words in MASS_SPELLINGS.items() for word in words}
# Powers of ten in words: thousand in European languages, 10^9 (Milliarde) where it has a word of one meaning, 10^2 and 10^4 of East
# Asia. "Billion" is 10^9 or 10^12, "mil" 10^3 or 10^6, M 10^3 or 10^6: none of them is here.
_SCALE_WORDS = {
    0: "1",
    2: "100 百 백",
    3: "1000 1,000 th thousands tausend tys тыс тис тысяч miles milliers bin ezer tis",
    4: "10000 10,000 万 萬 만",
    6: "1000000 1,000,000 million millions mio млн",
    9: "giga gpt mrd mia bil milliard milliards milliarden млрд",
}
_SCALES = {word.casefold(): 3 for word in THOUSAND}
_SCALES |= {word: exponent for exponent, words in _SCALE_WORDS.items() for word in words.split()}
# Units that only as a whole have one meaning: the OHDSI vocabularies' names of 10*9/L and 10*12/L, and giga per litre in Cyrillic.
_WHOLE = {"billionperliter": 9, "billionperlitre": 9, "trillionperliter": 12, "trillionperlitre": 12, "Г/л": 9}
_SHARES = frozenset(("%", "percent", "percentage", "prozent", "pct", "pct.", "/100wbc", "/100leukocytes", "/100"))
_THING = "|".join(map(re.escape, (*CELLS, "WBC", "個", "个", "개", "клеток", "кл", "Zellen", "zellen", "cellules")))

_OVER = re.compile(r"(?P<top>.*?)(?:/|[Pp][Ee][Rr])(?P<volume>[^/]+)")
_INVERSE = re.compile(
    rf"(?P<top>[^/]+?)[.*\N{{MIDDLE DOT}}]?(?P<volume>{'|'.join(w for words in VOLUME_SPELLINGS.values() for w in words)})"
    rf"(?:\^?-1|\*{{1,2}}-1|\^\(-1\)|{_MINUS}{_ONE})"
)
_EXPONENT = r"(?:12|0?[23469])"  # those that counts are written in
_POWER = (
    rf"(?:10(?:\*\*?|\^|[xX']|exp|EXP|Exp)|(?:10?)?[eE]\+?)(?P<power>{_EXPONENT})|10\^?\*?\((?P<inside>{_EXPONENT})\)"
    rf"|10(?P<raised>[{_RAISED}]|{_ONE}\N{{SUPERSCRIPT TWO}})"
)
_WORDS = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_TIMES = r"[xX*\N{MULTIPLICATION SIGN}\N{MIDDLE DOT}\N{CYRILLIC SMALL LETTER HA}\N{CYRILLIC CAPITAL LETTER HA}]"
_LOST = r"(?<=[xX\N{MULTIPLICATION SIGN}])10(?P<lost>12|[369])"  # x109/L: a raised digit that a form lost; without its sign it is none
_COUNTED = re.compile(
    rf"(?:{_THING})?(?:{_TIMES}?(?:{_POWER}|{_LOST}|(?P<scale>(?i:{_WORDS}))\.?))?(?:(?<=.)\.(?=.))?(?:{_THING})?"
)
