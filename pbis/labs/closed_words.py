"""Which words of a file name nobody, kind by kind of cell: reviewed data beside this module (closed_words.toml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pbis.core.errors import ConfigError
from pbis.labs.load import FOLDER, REVIEW, decode_file
from pbis.labs.outcome_words import fold_word

_LETTERS = re.compile(r"[^\W\d_]+")
_RECORD_NUMBER = re.compile(
    r"\d{6,}"
)  # so many figures in a row may be a number of a patient, whatever words stand beside


@lru_cache(maxsize=2)
def load_closed_words(path: Path = FOLDER / "closed_words.toml") -> Mapping[str, frozenset[str]]:
    """Kind -> its words, folded and without figures. ConfigError where the file names no author, checker or review."""
    tables = decode_file(path, dict[str, str | list[str]])
    if not all(tables.get(name) for name in REVIEW):
        raise ConfigError(f"{path}: expected {', '.join(REVIEW)}; one of them is missing")
    return {kind: _parts(words) for kind, words in tables.items() if kind not in REVIEW and isinstance(words, list)}


def is_of_words(text: str, words: frozenset[str], *, has_figures: bool = False) -> bool:
    """Whether every word of the text is one of these, figures aside. has_figures: any number of them in a row may stand there."""
    folded = fold_word(text)
    return words.issuperset(_LETTERS.findall(folded)) and (has_figures or not _RECORD_NUMBER.search(folded))


def _parts(words: list[str]) -> frozenset[str]:
    return frozenset(part for word in words for part in _LETTERS.findall(fold_word(word)))
