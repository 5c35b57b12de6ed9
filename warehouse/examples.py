"""Questions that a release answers as they stand (examples/): each says what it asks, and the columns of its answer with their types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "examples"


@dataclass(frozen=True)
class Example:
    """name: by which it is called; question: in a sentence; columns: of the answer, with DuckDB's types; sql: the file, whole."""

    name: str
    question: str
    columns: tuple[tuple[str, str], ...]
    sql: str


def examples() -> list[Example]:
    """In the order of their numbers. A file's first line is the question, its second the columns."""
    return [_read(path) for path in sorted(HERE.glob("[0-9]*.sql"))]


def _read(path: Path) -> Example:
    text = path.read_text("utf-8")
    question, columns = (line.removeprefix("-- ") for line in text.splitlines()[:2])
    pairs = (each.partition(" ") for each in columns.split(", "))
    return Example(path.stem.partition("_")[2], question, tuple((name, kind) for name, _, kind in pairs), text)
