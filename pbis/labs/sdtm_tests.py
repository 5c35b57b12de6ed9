"""What a test is called in SDTM: a code of eight letters and figures, and a name; by the reviewed table, else by a rule."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from pbis.core.errors import ConfigError
from pbis.labs.load import FOLDER, decode_file

_GREEK = (("alpha", "A"), ("beta", "B"), ("gamma", "G"), ("delta", "D"), ("omega", "W"))
_CODE = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_LONGEST_NAME = 40  # letters of LBTEST: the standard


class _SdtmFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    test: dict[str, tuple[str, str]]


@lru_cache(maxsize=2)
def load_sdtm_tests(path: Path = FOLDER / "sdtm.toml") -> Mapping[str, tuple[str, str]]:
    """Test -> code and name. ConfigError where one is longer than the standard allows, or a code stands for two tests."""
    found: _SdtmFile = decode_file(path, _SdtmFile)
    counted = Counter(code for code, _ in found.test.values())
    wrong = [
        code
        for code, name in found.test.values()
        if not _CODE.fullmatch(code) or len(name) > _LONGEST_NAME or counted[code] > 1
    ]
    if wrong:
        raise ConfigError(f"{path}: no code of its own, or a name of more than {_LONGEST_NAME} letters: {wrong[0]}")
    return found.test


def sdtm_tests(tests: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Test -> code and name, a code for each. Two tests that the rule calls alike are told apart by three figures of their hash."""
    known = load_sdtm_tests()
    named = {test: known.get(test, (_by_rule(test), test[:_LONGEST_NAME])) for test in sorted(set(tests))}
    counted = Counter(code for code, _ in named.values())
    return {
        test: (code if counted[code] == 1 or test in known else _apart(code, test), name)
        for test, (code, name) in named.items()
    }


def _by_rule(test: str) -> str:
    text = test
    for word, letter in _GREEK:
        text = re.sub(word, letter, text, flags=re.IGNORECASE)
    letters = re.sub(r"[^A-Z0-9]", "", text.upper())
    return (letters if letters[:1].isalpha() else f"X{letters}")[:8]


def _apart(code: str, test: str) -> str:
    return code[:5] + hashlib.sha256(test.encode()).hexdigest()[:3].upper()
