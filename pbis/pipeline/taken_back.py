"""What is said of laboratory results that a newer row replaced or took back: the night's notes, and a score that changed by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import warehouse
from pbis.pipeline.context import Night

_WORDS = {
    "newer version": "replaced by a newer version of the same FHIR id",
    "taken back": "taken back",
    "corrected": "replaced by a correction",
    "another patient": "claimed for another patient, who has a newer version or a correction of it",
}


def taken_back_notes(night: Night) -> tuple[str, ...]:
    """A note for each file and way, with the first row; the others are in view replaced_lab. Of files of tonight, and of those that a
    killed night imported and told nobody of."""
    nights = (night.night_id, *warehouse.nights_left_behind(night.con))
    return tuple(_sentence(each) for each in warehouse.taken_back(night.con, nights))


def _sentence(told: warehouse.TakenBack) -> str:
    if told.old_name is None:
        return (
            f"{told.name}: {_count(told.count, 'retraction')} found no result to take back; kept, and applied on the night it "
            f"comes (the first in line {told.line}; view replaced_lab)"
        )
    first = f"line {told.line} over line {told.old_line} of {told.old_name}, {told.analyte} of {told.subject_id}"
    return f"{told.name}: {_count(told.count, 'result')} {_WORDS[told.how]} (the first: {first}; view replaced_lab)"


def replaced_line(row: Mapping[str, Any]) -> str:
    """A replaced result of one patient in words, with what its score was; row: of warehouse/queries/explain_8_taken_back.sql."""
    words = _WORDS.get(row["how"], row["how"])
    said = (
        f"{row['analyte']:<12} {amount_of(row['value_op'], row['value_text'], row['unit'])} ({row['file_name']} line "
        f"{row['source_line']}): {words}, by {row['by_file_name']} line {row['by_source_line']}"
    )
    if row["was_night_id"] is None:
        return said
    before = points_of(row["was_group"], row["was_score_min"], row["was_score_max"])
    now = points_of(row["group"], row["score_min"], row["score_max"])
    return f"{said}; night {row['was_night_id']} had scored it: {before} then, {now} now"


def amount_of(op: str | None, text: str | None, unit: str | None) -> str:
    """`< 1.2 mg/dL`, or that there is no value."""
    return "no value" if text is None else " ".join(filter(None, ("" if op == "=" else op, text, unit)))


def points_of(group: str | None, low: int | None, high: int | None) -> str:
    """`high (2 to 3 points)`, or that there was no score."""
    if group is None or low is None:
        return "not scored"
    points = str(low) if low == high else f"{low} to {high}"
    return f"{group.replace('_', ' ')} ({points} {'point' if points == '1' else 'points'})"


def _count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
