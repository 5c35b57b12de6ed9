"""What became of a subject: the newest file that names it decides, and a file that contradicts itself decides nothing."""

from __future__ import annotations

from typing import Any

from pbis.core import frames


def outcome(subject: str, months: float, dead: bool) -> dict[str, Any]:
    return {"subject_id": subject, "os_months": months, "is_dead": dead, "best_response": "PR"}


def answers(lab: Any) -> dict[str, tuple[Any, ...]]:
    rows = lab.con.execute("select subject_id, os_months, is_dead, reason, detail from outcome").fetchall()
    return {subject: rest for subject, *rest in rows}


def test_a_later_follow_up_replaces_an_earlier_one_and_leaves_the_others(lab: Any) -> None:
    lab.clinical("outcomes", "outcome", frames.OUTCOME, [outcome("P1", 6.0, False), outcome("P2", 3.0, True)])
    lab.clinical("outcomes", "outcome", frames.OUTCOME, [outcome("P1", 9.5, True)])
    assert answers(lab) == {"P1": [9.5, True, None, None], "P2": [3.0, True, None, None]}


def test_lines_that_differ_decide_nothing_and_lines_that_agree_are_one(lab: Any) -> None:
    twice = [outcome("P1", 6.0, False), outcome("P1", 6.0, True), outcome("P2", 3.0, True), outcome("P2", 3.0, True)]
    lab.clinical("outcomes", "outcome", frames.OUTCOME, twice)
    assert answers(lab) == {
        "P1": [None, None, "conflicting_rows", "lines 2, 3 of one file differ"],
        "P2": [3.0, True, None, None],
    }
