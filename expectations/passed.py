"""Which suite files of the project passed their schema, by their hash: a night does not hold them against it again.

`make docs` writes the list after it read every file the long way; a file that was edited since is not on it and is read so by whoever
needs it. A test says when the list is behind.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
LIST = "passed.json"


def has_passed(text: str) -> bool:
    """Whether a file of these words passed today's schema."""
    return _hash(text) in _passed()


def passed_list(texts: dict[str, str]) -> str:
    """The list as its file holds it. texts: name of a suite file -> its words, each read the long way."""
    return json.dumps({name: _hash(text) for name, text in sorted(texts.items())}, indent=2) + "\n"


@lru_cache(maxsize=1)
def _passed() -> frozenset[str]:
    path = HERE / LIST
    return frozenset(json.loads(path.read_text(encoding="utf-8")).values()) if path.exists() else frozenset()


def _hash(text: str) -> str:
    """sha256 over the schema and the words: of another schema nothing is known."""
    return hashlib.sha256(f"{_schema()}\0{text}".encode()).hexdigest()


@lru_cache(maxsize=1)
def _schema() -> str:
    return (HERE / "suite.schema.json").read_text(encoding="utf-8")
