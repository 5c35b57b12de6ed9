"""What of a sentence of the program stands in a release: all but what it quotes of a file.

A piece in quotation marks stays where it is closed for its kind; where a release shows it by kind and hash elsewhere, it is called so here;
else its length stands. A word that is called by its hash elsewhere is so here without quotation marks, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from pbis.core.quoted import QUOTED, how_long

SHORTEST = (
    3  # characters of a word that is looked for without quotation marks: shorter ones are parts of every sentence
)
_NUMBER = 6  # figures of one: fewer are line numbers and measured values as well
_PART = re.compile(r"\w+")


class ClosedSentences:
    """called: word -> what a release calls it; is_closed: whether a quoted piece may stand as it is."""

    def __init__(self, called: Mapping[str, str], is_closed: Callable[[str], bool]) -> None:
        self._called = called
        self._is_closed = is_closed
        self._by_first: dict[str, list[str]] = {}
        for word in sorted(called, key=lambda each: (-len(each), each)):
            first = _PART.search(word)
            if first and len(word) >= SHORTEST and (not word.isdigit() or len(word) >= _NUMBER):
                self._by_first.setdefault(first.group().casefold(), []).append(word)

    def shown(self, text: str) -> str:
        """The sentence as a release has it."""
        return self._without_words(QUOTED.sub(self._quoted, text))

    def _quoted(self, found: re.Match[str]) -> str:
        piece = found.group()[1:-1]
        if piece in self._called:
            return self._called[piece]
        return found.group() if not piece or self._is_closed(piece) else how_long(piece)

    def _without_words(self, text: str) -> str:
        if not self._by_first or (text.isascii() and self._by_first.keys().isdisjoint(_PART.findall(text.casefold()))):
            return text
        made, done = [], 0
        for part in _PART.finditer(text):
            for word in self._by_first.get(part.group().casefold(), ()):
                first = _PART.search(word)
                start = part.start() - (first.start() if first else 0)
                end = start + len(word)
                if (
                    start >= done
                    and text[start:end].casefold() == word.casefold()
                    and not text[end : end + 1].isalnum()
                ):
                    made += [text[done:start], self._called[word]]
                    done = end
                    break
        return "".join([*made, text[done:]])
