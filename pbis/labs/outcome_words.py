"""The words of outcome and treatment tables, for every door through which such a table comes in (outcomes.toml)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from pbis.core.errors import ConfigError
from pbis.labs.load import FOLDER, decode_file


class _Months(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    longest: float
    middle: float


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    missing: list[str]
    months: _Months
    event: dict[str, list[str]]
    response: dict[str, list[str]]
    regimen: dict[str, list[str]]
    drug: dict[str, list[str]]


@dataclass(frozen=True)
class OutcomeWords:
    """Folded word -> meaning. longest_months, middle_months: a follow-up and a median beyond which the unit is not months."""

    missing: frozenset[str]
    event_by_word: Mapping[str, bool]
    response_by_word: Mapping[str, str]
    regimen_by_word: Mapping[str, str]
    drug_by_word: Mapping[str, str]
    longest_months: float
    middle_months: float

    def is_missing(self, text: str) -> bool:
        """Whether the cell says that nothing is known."""
        return fold_word(text) in self.missing

    def event(self, text: str) -> bool | None:
        """Whether the event was seen; None where the word is not in the table."""
        return self.event_by_word.get(fold_word(text))

    def response(self, text: str) -> str | None:
        """CR, PR, SD, PD or NE; None where the word is not in the table."""
        return self.response_by_word.get(fold_word(text))

    def regimen(self, text: str) -> str:
        """What two spellings of one regimen have in common: the table's name, else its drugs in the order of the alphabet, else
        the folded word itself."""
        word = fold_word(text)
        drugs = [self.drug_by_word.get(part) for part in _drugs_of(word)]
        known = " + ".join(sorted({drug for drug in drugs if drug is not None}))
        made = known if drugs and None not in drugs else word
        return self.regimen_by_word.get(word) or self.regimen_by_word.get(made, made)

    @property
    def event_words(self) -> str:
        """What an event may be called, for an error."""
        shown = {
            flag: [w for w, f in self.event_by_word.items() if f is flag and "." not in w] for flag in (True, False)
        }
        return f"{', '.join(shown[True])} (seen) or {', '.join(shown[False])} (not seen)"

    @property
    def response_words(self) -> str:
        """The five responses, for an error."""
        return ", ".join(dict.fromkeys(self.response_by_word.values()))


@lru_cache(maxsize=2)
def load_outcome_words(path: Path = FOLDER / "outcomes.toml") -> OutcomeWords:
    """The table. ConfigError where a word has two meanings or a kind of event or response is none."""
    file: _File = decode_file(path, _File)
    if set(file.event) != {"yes", "no"}:
        raise ConfigError(f"{path}: event: expected yes and no; found {', '.join(file.event)}")
    events = _by_word(file.event, path)
    return OutcomeWords(
        missing=frozenset(fold_word(word) for word in file.missing),
        event_by_word={word: name == "yes" for word, name in events.items()},
        response_by_word=_by_word(file.response, path),
        regimen_by_word=_by_word(file.regimen, path),
        drug_by_word=_by_word(file.drug, path),
        longest_months=file.months.longest,
        middle_months=file.months.middle,
    )


def _by_word(names: Mapping[str, list[str]], path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, words in names.items():
        for word in map(fold_word, words):
            if found.setdefault(word, name) != name:
                raise ConfigError(f"{path}: {word!r} has two meanings: {found[word]} and {name}")
    return found


def fold_word(text: str) -> str:
    """A word without case, surrounding blanks and repeated ones, and without forms that only look different."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _drugs_of(word: str) -> list[str]:
    """The parts of a folded regimen, without doses and schedules."""
    parts = _BETWEEN.split(_DOSE.sub(" ", word))
    return [" ".join(part.split()) for part in parts if part.strip()]


_BETWEEN = re.compile(r"[+/,;&]|\b(?:and|plus|with)\b|\s-\s")
_DOSE = re.compile(r"\b\d+(?:[.,]\d+)?\s*(?:mg/kg|mg/m2|mg)\b|\bq\d+w\b|\b(?:iv|po|qd|bid|od)\b")
