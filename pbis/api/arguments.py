"""What a caller may pass: errors for what makes no sense are of our tree and say what was expected."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pbis.core.errors import UsageError

AnyPath = str | os.PathLike[str]


def as_path(value: AnyPath, what: str = "path") -> Path:
    """The path of a text or PathLike. UsageError for anything else."""
    return Path(as_text(os.fspath(value) if isinstance(value, os.PathLike) else value, what))


def as_text(value: str, what: str) -> str:
    """The text itself. UsageError for what is none, or for one that no file or query can hold."""
    if not isinstance(value, str):
        raise UsageError(f"{what}: expected a text; found {type(value).__name__}")
    if "\0" in value:
        raise UsageError(f"{what}: expected a text without NUL characters")
    return value


def name_or_file(value: AnyPath, what: str, known: Sequence[str]) -> str:
    """A known name, or the path of a .toml file. UsageError that lists the names."""
    text = str(as_path(value, what))
    if text not in known and not text.endswith(".toml"):
        raise UsageError(f"there is no {what} {text!r}; expected one of {', '.join(known)} or the path of a .toml file")
    return text
