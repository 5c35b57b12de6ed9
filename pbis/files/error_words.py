"""What a spreadsheet shows where a number should stand: the words of failed formulas, and the signs of a column that is too narrow."""

from __future__ import annotations

import re

from pbis.files.book import ERROR_WORDS

_TOO_NARROW = re.compile(r"#{2,}")
_WORDS = frozenset(word.casefold() for word in ERROR_WORDS)


def is_error_word(text: str) -> bool:
    """True for `#REF!` and its kin, whatever their case, and for `####`."""
    word = text.strip()
    return word.casefold() in _WORDS or _TOO_NARROW.fullmatch(word) is not None
