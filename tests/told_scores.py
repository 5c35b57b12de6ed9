"""A score as it is told, of four components that each test can change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pbis.deliver import ScoreMessage, ToldComponent, ToldScore, ToldSource, report_id

SOURCE = ToldSource("north", "2026-01-05-1", datetime(2026, 1, 5, 3, tzinfo=UTC), "0.1.0", "none")
_PARTS = (
    ("nlr", 1, "=", "4.625", "1", "3.5"),
    ("crp", 0, "=", "0.05", "mg/dL", "0.13"),
    ("il12", 1, "=", "43.40610676302519", "pg/mL", "11.6"),
    ("il2", 0, "<", "3.2", "pg/mL", "3.2"),
)


def told_score(of: dict[str, dict[str, Any]] | None = None, **changed: Any) -> ToldScore:
    """A complete score of two points; changed: its fields; of: component -> its fields that are others."""
    parts = tuple(
        replace(
            ToldComponent(name, point, op, text, unit, ">=", cut, None, False, False, -2), **(of or {}).get(name, {})
        )
        for name, point, op, text, unit, cut in _PARTS
    )
    known = ToldScore(
        "P1001", "pbis-2025-il2-pgml", 2, 2, 2, "high", True, None, None, None, 0.987, 0.987, 0.987, "nlr: cv", parts
    )
    return replace(known, **changed)


def message_of(told: ToldScore | None, status: str, **changed: Any) -> ScoreMessage:
    """A first message about it."""
    subject = told.subject_id if told else "withdrawn-abcdefgh"
    message = ScoreMessage("clinic", subject, 1, status, "A" * 20, report_id("0f" * 16), "", told, SOURCE)
    return replace(message, **changed)
