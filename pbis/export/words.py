"""Closed words as numbers with labels, for programs that label numbers: the number of a word is its place in its list, for good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from pbis.labs.load import decode_file

_FIRST_UNKNOWN = 900  # numbers of words that are in no list begin here: above every list, and seen to be another kind


class _WordsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    words: dict[str, list[str]]
    meaning: dict[str, str]


@lru_cache(maxsize=1)
def load_words() -> _WordsFile:
    """The lists, and what some of the words mean. ConfigError where the file is of another shape."""
    found: _WordsFile = decode_file(Path(__file__).with_name("words.toml"), _WordsFile)
    return found


def codes(name: str, found: Iterable[Any]) -> Mapping[str, int]:
    """Word -> number of the list, with what was found beside it from 900 on, in alphabetical order."""
    known = {word: place for place, word in enumerate(load_words().words[name], 1)}
    strange = sorted({str(word) for word in found if word is not None} - set(known))
    return known | {word: place for place, word in enumerate(strange, _FIRST_UNKNOWN)}


def is_known(code: int) -> bool:
    """Whether a number is that of a word of a list."""
    return code < _FIRST_UNKNOWN


def meaning(word: str) -> str:
    """What a word means, '' where it says it itself."""
    return load_words().meaning.get(word, "")
