"""Scores that a laboratory changed by taking a result back, as rows of the night's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import warehouse
from pbis.pipeline.taken_back import amount_of, points_of
from pbis.report import ScoreChange


def score_changes(session: warehouse.Connection) -> tuple[ScoreChange, ...]:
    """All that stand, those of tonight first. session: of `warehouse.of_the_laboratory`."""
    return tuple(_change(row) for row in warehouse.score_taken_back(session))


def _change(row: Mapping[str, Any]) -> ScoreChange:
    return ScoreChange(
        subject_id=row["subject_id"],
        measure=row["measure"],
        was=amount_of(row["was_value_op"], row["was_value_text"], row["unit"]),
        now=row["reason"] or amount_of(row["value_op"], row["value_text"], row["unit"]),
        by=f"{row['how']}, line {row['by_source_line']} of {row['by_file_name']}",
        was_group=points_of(row["was_group"], row["was_score_min"], row["was_score_max"]),
        group=points_of(row["group"], row["score_min"], row["score_max"]),
        is_new=row["is_new"],
    )
