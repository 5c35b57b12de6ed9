"""Units that only a kit's own factor converts, as what they count and how much of it: [IU]/mL, kIU/L and IU/ml are one."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from pbis.core.unit_table import VOLUMES
from pbis.core.unit_words import cut, plain


class KitUnit(NamedTuple):
    """base: IU, U (an enzyme's or an international one, so never the same as IU), AU or mol; amount: of it in a millilitre."""

    base: str
    amount: Fraction

    @property
    def kind(self) -> str:
        """What a sentence calls it."""
        return {"AU": "arbitrary units", "mol": "molar"}.get(self.base, "international units")


@lru_cache(maxsize=4096)
def kit_unit(squeezed: str) -> KitUnit | None:
    """The unit of a text without blanks; None for every other text. M is no prefix, unless all stands in capitals."""
    text = plain(squeezed)
    parts = cut(text)
    if parts is None or parts[2]:
        return None
    found = _UNIT.fullmatch(parts[0].lower() if text == text.upper() else parts[0])
    if found is None:
        return None
    base = next(name for name in ("IU", "U", "AU", "mol") if found[name])
    return KitUnit(base, _PREFIXES[found["prefix"] or found["inner"] or ""] / VOLUMES[parts[1]])


# Of the SI, as laboratories spell them; the last four are Cyrillic.
_PREFIXES = {
    "": Fraction(1), "k": Fraction(1000), "m": Fraction(1, 10**3), "u": Fraction(1, 10**6), "mc": Fraction(1, 10**6),
    "\N{MICRO SIGN}": Fraction(1, 10**6), "\N{GREEK SMALL LETTER MU}": Fraction(1, 10**6), "n": Fraction(1, 10**9),
    "p": Fraction(1, 10**12), "f": Fraction(1, 10**15), "к": Fraction(1000), "м": Fraction(1, 10**3),
    "мк": Fraction(1, 10**6), "н": Fraction(1, 10**9),
}  # fmt: skip
_PREFIX = "|".join(sorted(filter(None, _PREFIXES), key=len, reverse=True))
_UNIT = re.compile(
    rf"(?P<prefix>{_PREFIX})?\[?(?P<inner>(?<=\[)(?:{_PREFIX}))?"
    r"(?:(?P<IU>[iI][uU]|[iI]\.[uU]\.|IE|ie|I\.E\.|МЕ|ме)|(?P<AU>AU|au|(?:arb|ARB|Arb)'?[uU])|(?P<mol>mol|moles?|моль)|(?P<U>[Uu]|Ед|ед))\]?"
)
