"""Notes of the night about laboratory results that a newer row replaced or took back: nothing of that kind happens unsaid."""

from __future__ import annotations

import warehouse
from pbis.pipeline.context import Night

_WORDS = {
    "newer version": "replaced by a newer version of the same FHIR id",
    "taken back": "taken back",
    "corrected": "replaced by a correction",
}


def taken_back_notes(night: Night) -> tuple[str, ...]:
    """A note for each file and way, with the first row; the others are in view replaced_lab."""
    return tuple(_sentence(each) for each in warehouse.taken_back(night.con, night.night_id))


def _sentence(told: warehouse.TakenBack) -> str:
    if told.old_name is None:
        return (
            f"{told.name}: {_count(told.count, 'retraction')} found no result to take back; kept, and applied on the night it "
            f"comes (the first in line {told.line}; view replaced_lab)"
        )
    first = f"line {told.line} over line {told.old_line} of {told.old_name}, {told.analyte} of {told.subject_id}"
    return f"{told.name}: {_count(told.count, 'result')} {_WORDS[told.how]} (the first: {first}; view replaced_lab)"


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
