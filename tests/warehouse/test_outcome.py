"""What became of a subject: the newest file that names it decides, and a file that contradicts itself decides nothing."""

from __future__ import annotations

from itertools import product
from typing import Any

from pbis.core import frames
from pbis.core.outcome import contradiction, contradiction_words


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


def test_endpoints_that_cannot_both_be_so_hold_pfs_back_by_the_rule_that_every_door_has(lab: Any) -> None:
    """All combinations of few values: the view flags what pbis.core.outcome does, in its words, and takes no PFS of it."""
    third, other = 100 / 30.4375, 100 / 365.25 * 12
    times = (0.0, 3.0, other, third, 3.5, 200.0, None)
    flags = (True, False, None)
    rows = [
        {"subject_id": f"P{k:04d}", "os_months": os, "is_dead": dead, "pfs_months": pfs, "is_progressed": progressed}
        for k, (os, dead, pfs, progressed) in enumerate(product(times, flags, times, flags))
    ]
    lab.clinical("outcomes", "outcome", frames.OUTCOME, rows)
    shown = "os_months, is_dead, pfs_months, is_progressed, reason, detail"
    found = lab.con.execute(f"select subject_id, {shown} from outcome order by subject_id").fetchall()
    assert len(found) == len(rows)
    for row, (subject, os, dead, pfs, progressed, reason, detail) in zip(rows, found, strict=True):
        four = (row["os_months"], row["is_dead"], row["pfs_months"], row["is_progressed"])
        rule = contradiction(*four)
        assert (subject, reason, os, dead) == (row["subject_id"], rule, four[0], four[1])
        assert (pfs, progressed) == ((None, None) if rule else four[2:])
        assert detail is None if rule is None else detail.endswith(contradiction_words(rule, *four))
    assert {row[5] for row in found} == {None, "pfs_longer_than_os", "dead_but_not_progressed"}
