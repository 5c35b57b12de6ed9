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
