"""What a treatment row may say of its patient: age, Child-Pugh, ECOG. A cell that says something else is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pbis.clinical.extract import Extract
from pbis.labs.outcome_words import load_outcome_words

OLDEST = 120  # years
CLASS_OF_POINTS = {5: "A", 6: "A", **dict.fromkeys(range(7, 10), "B"), **dict.fromkeys(range(10, 16), "C")}
_CHILD_PUGH = re.compile(
    r"(?:child[- ]?pugh|cp)?\s*([abc])?\s*\(?\s*(\d{1,2})?\s*(?:points?|pts?)?\s*\)?", re.IGNORECASE
)
_ECOG = re.compile(r"(?:ecog|ps|ecog ps)?\s*([0-5])(?:\.0)?", re.IGNORECASE)


def read_age(extract: Extract) -> list[float | None]:
    """Years."""
    return _cells(extract, "age", _age, f"years from 0 to {OLDEST}")


def read_child_pugh(extract: Extract) -> list[str | None]:
    """A5 to C15 where the points are there, else the class alone."""
    return _cells(extract, "child_pugh", child_pugh_of, "a class A to C, points 5 to 15, or both as in B7")


def read_ecog(extract: Extract) -> list[int | None]:
    """0 to 5."""
    return _cells(extract, "ecog", ecog_of, "0 to 5")


def _cells(extract: Extract, field: str, read: Callable[[str], Any], expected: str) -> list[Any]:
    """Each cell read, None where it says that nothing is known; a map without the column knows nothing of anybody."""
    if field not in extract.columns:
        return [None] * extract.row_count
    words, values = load_outcome_words(), []
    for row, text in enumerate(extract.columns[field].to_pylist()):
        value = None if words.is_missing(text) else read(text)
        if value is None and not words.is_missing(text):
            raise extract.malformed(row, f"{field} cannot be read", expected=expected, found=repr(text[:20]))
        values.append(value)
    return values


def _age(text: str) -> float | None:
    found = re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*(?:y|years?)?", text, re.IGNORECASE)
    years = float(found[1]) if found else None
    return years if years is not None and years <= OLDEST else None


def child_pugh_of(text: str) -> str | None:
    """A5 to C15, or the class alone; a class and points that contradict each other are neither."""
    found = _CHILD_PUGH.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        return None
    said, points = (found[1] or "").upper(), int(found[2]) if found[2] else None
    if points is None:
        return said
    meant = CLASS_OF_POINTS.get(points)
    return None if meant is None or said not in ("", meant) else f"{meant}{points}"


def ecog_of(text: str) -> int | None:
    """0 to 5."""
    found = _ECOG.fullmatch(text.strip())
    return int(found[1]) if found else None
