"""Whose treatment start it is: subjects that a start in conflict may mean say so, and nobody else is touched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pbis.core import frames

STARTED = datetime(2026, 3, 10, 9)


def test_subjects_that_a_start_may_mean_carry_the_conflict(lab: Any) -> None:
    conflict = {"subject_id": None, "reason": "identity_conflict"}
    start = {"started_at": STARTED, "has_time": True}
    table = [
        {**conflict, **start, "candidates": "P1;P2"},
        {**conflict, **start, "candidates": "P3"},
        {**conflict, **start, "candidates": None},
        {"subject_id": "P3", "reason": None, **start, "candidates": None},
    ]
    lab.clinical("treatments", "treatment", frames.TREATMENT, table)
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00\nS4 | P4 | 2026-03-08 08:00")
    rows = lab.inputs().values()
    reasons = {
        subject: {row["reason"] for row in rows if row["subject_id"] == subject} for subject in ("P1", "P2", "P4")
    }
    assert reasons == {"P1": {"identity_conflict"}, "P2": {"identity_conflict"}, "P4": {"not_received"}}
    assert {row["subject_id"] for row in rows} == {"P1", "P2", "P3", "P4"}
    assert {row["reason"] for row in rows if row["subject_id"] == "P3"} == {"not_ordered"}
