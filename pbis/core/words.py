"""Parts of sentences for people: how many of what, and which name may have been meant."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 well`, `2 wells`; many: the plural where it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def called_plate(plate: str | None, number: int) -> str:
    """`P09`, and `P09/2` for the second of a batch."""
    return f"{plate}/{number}" if number > 1 else str(plate)


def nearest(word: str, known: Iterable[str]) -> str:
    """`, nearest: NAME` for a sentence, case folded away: one that goes on as the word begins (IL-12 -> IL-12p70), else one that is
    spelt alike; '' where nothing is near."""
    by_folded = {each.casefold(): each for each in known}
    folded = word.casefold()
    longer = sorted(each for each in by_folded if folded and each.startswith(folded))
    found = longer or get_close_matches(folded, by_folded, 1)
    return f", nearest: {by_folded[found[0]]}" if found else ""


def chance(probability: float) -> str:
    """A probability in percent with one decimal, without the sign. What is not certain never reads as if it were: `> 99.9`, `< 0.1`."""
    text = f"{100 * probability:.1f}"
    if text == "100.0" and probability < 1:
        return "> 99.9"
    return "< 0.1" if text == "0.0" and probability > 0 else text


def four_digits(text: str) -> str:
    """A number as text, with or without <, > or = before it, as value_display of a release has it: four significant digits, from 1000 up as a whole
    number. What is no number stays as it is."""
    number = text.lstrip("<>=~ ")
    try:
        value = float(number)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    is_large = abs(value) >= 1000
    shown = f"{round(value, 3 - math.floor(math.log10(abs(value)))):.0f}" if is_large else f"{value:.4g}"
    return text[: len(text) - len(number)] + shown


_LOOKS = str.maketrans("OILSBZ", "011582")  # letters that are read, or typed, for a figure


def slips(word: str, known: Iterable[str]) -> str:
    """The one of the known words that is `word` but for a slip of the pen: case, blanks, a letter that looks like a figure, or one
    character that is wrong, missing, too much, or changed places with its neighbour. '' where none is, or more than one."""
    known = [each for each in known if each != word]
    alike = [each for each in known if _looks(each) == _looks(word)]
    found = alike or [each for each in known if is_one_slip(_looks(word), _looks(each))]
    return found[0] if len(found) == 1 else ""


def _looks(word: str) -> str:
    return "".join(word.split()).upper().translate(_LOOKS)


def is_one_slip(one: str, other: str) -> bool:
    """Whether one character was changed, left out, put in, or changed places with its neighbour."""
    if min(len(one), len(other)) < _SHORTEST or abs(len(one) - len(other)) > 1 or one == other:
        return False
    at = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    rest, others = one[at:], other[at:]
    if len(one) == len(other):
        return rest[1:] == others[1:] or (rest[:2] == others[1::-1] and rest[2:] == others[2:])
    return rest[1:] == others or rest == others[1:]


_SHORTEST = 4  # characters: of shorter names any two are one slip apart; own choice
