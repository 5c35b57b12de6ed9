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


def test_one_start_in_two_cohorts_leaves_the_cohort_open(lab: Any) -> None:
    start = {"started_at": STARTED, "has_time": True, "reason": None, "candidates": None}
    other = {**start, "started_at": datetime(2025, 1, 1, 9)}
    table = [
        {**start, "subject_id": "P1", "cohort": "derivation"},
        {**start, "subject_id": "P1", "cohort": "validation"},
        {**other, "subject_id": "P2", "cohort": "derivation"},  # an earlier line is another start
        {**start, "subject_id": "P2", "cohort": "validation"},
        {**start, "subject_id": "P3", "cohort": "validation"},
        {**start, "subject_id": "P3", "cohort": "validation"},
    ]
    lab.clinical("treatments", "treatment", frames.TREATMENT, table)
    cohorts = {subject: row["cohort"] for (subject, _), row in lab.inputs().items()}
    assert cohorts == {"P1": None, "P2": "derivation", "P3": "validation"}


def test_subjects_that_a_result_may_mean_carry_the_conflict_where_they_have_no_other(lab: Any) -> None:
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-03-10 09:00\nP3 | 2026-03-10 09:00")
    drawn = {"collected_at": datetime(2026, 3, 8, 8), "has_time": True, "status": "final", "value_op": "=", "unit": "u"}
    unknown = {**drawn, "subject_id": None, "value_text": "1", "reason": "identity_conflict", "candidates": "P1;P2;P2"}
    own = {**drawn, "subject_id": "P2", "value_text": "2", "reason": None, "candidates": None}
    table = [{**unknown, "analyte": "crp"}, {**unknown, "analyte": "crp"}, {**own, "analyte": "crp"}]
    lab.clinical("labs", "lab", frames.LAB, table)
    assert [lab.answer("crp", subject) for subject in ("P1", "P2", "P3")] == ["identity_conflict", "=2", "not_ordered"]
    assert lab.answer("afp", "P1") == "not_ordered"
    assert len(lab.inputs()) == 3 * 6


def test_a_barcode_of_two_subjects_is_nobody_s(lab: Any) -> None:
    """Rule 1: also where two files say so."""
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    lab.specimens("specimen | subject | drawn\nS1 | P2 | 2026-03-08 08:00")
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5\nS1 | IL-12p70 | 7.5")
    assert {lab.answer("il2", subject) for subject in ("P1", "P2")} == {"identity_conflict"}
    assert len(lab.inputs()) == 2 * 6
