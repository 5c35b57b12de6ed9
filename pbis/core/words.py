"""Parts of sentences for people: how many of what, and which name may have been meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 well`, `2 wells`; many: the plural where it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def nearest(word: str, known: Iterable[str]) -> str:
    """`, nearest: NAME` for a sentence, case folded away: one that goes on as the word begins (IL-12 -> IL-12p70), else one that is
    spelt alike; '' where nothing is near."""
    by_folded = {each.casefold(): each for each in known}
    folded = word.casefold()
    longer = sorted(each for each in by_folded if folded and each.startswith(folded))
    found = longer or get_close_matches(folded, by_folded, 1)
    return f", nearest: {by_folded[found[0]]}" if found else ""


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
