"""Review of a plate: every transition of its state, whose signature counts, and what a lost update is told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pbis.core.decision import REVIEWS, Decision, Target, chained
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import (
    SIGNERS,
    STATES,
    about,
    head,
    require_allowed,
    require_head,
    review_of,
    unseen,
    unsignable,
)

AT = datetime(2026, 1, 5, 9, 30)
RESULTS, OTHERS = "r" * 64, "s" * 64
DOCS = Path(__file__).parents[2] / "docs" / "review.md"
Log = tuple[Decision, ...]


def draft(kind: str, author: str = "A. Name", well: str | None = None, **told: Any) -> Decision:
    reverses = told.pop("reverses", None)
    words = json.dumps(told) if told else None
    return Decision(
        0, AT, author, kind, Target("content", "P1", well=well), "review", "seen", reverses=reverses, told=words
    )


def signature(account: str, meaning: str = "approval", role: str = "approver", results: str = RESULTS) -> Decision:
    told = {
        "id": f"id of {account} {meaning}",
        "name": account.upper(),
        "role": role,
        "meaning": meaning,
        "results": results,
    }
    return draft("sign", account, **told)


def log(*drafts: Decision) -> Log:
    events: Log = ()
    for one in drafts:
        events = (*events, chained(events, one))
    return events


def accept(results: str = RESULTS) -> Decision:
    return draft("accept", results=results)


BEFORE: dict[str, tuple[Log, str]] = {
    "pending": ((), RESULTS),
    "accepted": (log(accept()), RESULTS),
    "accepted_with_exclusions": (log(draft("exclude", well="A1"), accept()), RESULTS),
    "rejected": (log(draft("reject")), RESULTS),
    "repeat_ordered": (log(draft("repeat")), RESULTS),
    "stale": (log(accept(OTHERS)), RESULTS),
}
SIGNED = signature("c")
STEPS: dict[str, Decision] = {
    "accept": accept(),
    "reject": draft("reject", "B. Name"),
    "repeat": draft("repeat", "B. Name"),
    "sign": SIGNED,
}
# Before, and what comes of each step; None is refused. `change`: results are others from now on.
TRANSITIONS: dict[str, dict[str, str | None]] = {
    "pending": {"accept": "accepted", "reject": "rejected", "repeat": "repeat_ordered", "sign": None, "change": "pending"},
    "accepted": {"accept": None, "reject": "rejected", "repeat": "repeat_ordered", "sign": "accepted", "change": "stale"},
    "accepted_with_exclusions": {
        "accept": None, "reject": "rejected", "repeat": "repeat_ordered", "sign": "accepted_with_exclusions", "change": "stale",
    },
    "rejected": {"accept": None, "reject": None, "repeat": "repeat_ordered", "sign": "rejected", "change": "rejected"},
    "repeat_ordered": {"accept": None, "reject": "rejected", "repeat": None, "sign": "repeat_ordered", "change": "repeat_ordered"},
    "stale": {"accept": "accepted", "reject": "rejected", "repeat": "repeat_ordered", "sign": None, "change": "stale"},
}  # fmt: skip


@pytest.mark.parametrize(("before", "step"), [(before, step) for before in STATES for step in (*STEPS, "change")])
def test_every_transition(before: str, step: str) -> None:
    events, results = BEFORE[before]
    expected = TRANSITIONS[before][step]
    assert review_of(events, results).state == before
    if step == "change":
        assert review_of(events, "t" * 64).state == expected
        return
    if expected is None:
        with pytest.raises(UsageError):
            require_allowed(events, STEPS[step], results)
        return
    require_allowed(events, STEPS[step], results)
    assert review_of((*events, chained(events, STEPS[step])), results).state == expected


def test_the_page_of_docs_holds_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    told = {name: [cell.strip().strip("`") for cell in cells.split(" | ")] for name, cells in rows if name in STATES}
    assert {name: [None if cell == "refused" else cell for cell in cells[1:]] for name, cells in told.items()} == {
        name: list(steps.values()) for name, steps in TRANSITIONS.items()
    }


def test_another_export_with_other_readings_makes_an_acceptance_stale_and_no_more() -> None:
    accepted = log(accept(), signature("c"))
    now = review_of((), OTHERS, accepted)
    assert (now.state, now.is_other_export, now.event, now.signed) == ("stale", True, accepted[0], "no")
    assert [one.is_current for one in now.signatures] == [False]
    assert "another export of this plate with other readings came" in now.meaning
    taken_back = (*accepted, chained(accepted, draft("reverse", reverses=1)))
    rejected = (*accepted, chained(accepted, draft("reject")))
    assert [review_of((), OTHERS, one).state for one in (taken_back, rejected, ())] == ["pending"] * 3
    with pytest.raises(UsageError, match="its readings are others than decision 1 accepted"):
        require_allowed((), SIGNED, OTHERS, accepted)
    require_allowed((), accept(OTHERS), OTHERS, accepted)
    anew = log(accept(OTHERS))
    assert (review_of(anew, OTHERS, accepted).state, review_of(anew, RESULTS, accepted).is_other_export) == (
        "accepted",
        False,
    )


def test_the_words_of_a_review_say_that_a_second_signature_is_missing() -> None:
    own = log(draft("exclude", "B. Name", well="A1"), accept(), signature("c"))
    one = review_of(own, RESULTS)
    assert (one.title, one.meaning.endswith("a second person's signature is missing")) == (
        "accepted with exclusions, second signature missing", True,
    )  # fmt: skip
    both = review_of((*own, chained(own, signature("d", "review", "reviewer"))), RESULTS)
    assert (both.title, both.meaning) == ("accepted with exclusions", STATES["accepted_with_exclusions"])


@pytest.mark.parametrize("kind", REVIEWS[:3])
def test_a_reversal_brings_the_state_before_back(kind: str) -> None:
    own = log(accept(), draft(kind, "B. Name", **({"results": OTHERS} if kind == "accept" else {})))
    assert review_of(own, RESULTS).state != "accepted"
    back = (*own, chained(own, draft("reverse", reverses=2)))
    assert review_of(back, RESULTS).state == "accepted"


def test_every_kind_may_come_again_where_another_was_decided_meanwhile() -> None:
    own = log(draft("reject"), draft("repeat"))
    require_allowed(own, draft("reject"), RESULTS)
    again = (*own, chained(own, draft("reject")))
    require_allowed(again, draft("repeat"), RESULTS)
    assert review_of((*again, chained(again, draft("repeat"))), RESULTS).state == "repeat_ordered"
    back = log(accept(), draft("exclude", well="A1"), accept(OTHERS), draft("reverse", reverses=2))
    assert review_of(back, RESULTS).state == "stale"  # what was accepted last are the results without the well
    require_allowed(back, accept(), RESULTS)
    assert review_of((*back, chained(back, accept())), RESULTS).state == "accepted"


def test_a_signature_is_for_the_decision_before_it_and_for_no_later_one() -> None:
    rejected = log(draft("reject"), signature("c"))
    assert review_of(rejected, RESULTS).signed == "yes"
    ordered = (*rejected, chained(rejected, draft("repeat")))  # keeps out the same readings, by the same rule
    assert review_of(ordered, RESULTS).signed == "no"
    require_allowed(ordered, signature("c"), RESULTS)
    taken_back = log(accept(), signature("c"), draft("reverse", reverses=1))
    assert [one.is_current for one in review_of(taken_back, RESULTS).signatures] == [False]
    anew = (*taken_back, chained(taken_back, draft("accept", "B. Name", results=RESULTS)))
    assert review_of(anew, RESULTS).signed == "no"
    slip = log(accept(), signature("c"), draft("reject"), draft("reverse", reverses=3))
    assert review_of(slip, RESULTS).signed == "yes"  # the acceptance that was signed stands again


def test_two_accounts_of_one_printed_name_are_one_person() -> None:
    own = log(draft("exclude", "b", well="A1"), accept(), signature("c"))
    second = signature("c.of.the.provider", "review")
    second = replace(second, told=json.dumps(second.facts | {"name": " c"}))
    with pytest.raises(
        UsageError, match=r"c \(as c; whose printed name is the same counts as one person\) has signed P1"
    ):
        require_allowed(own, second, RESULTS)
    assert review_of((*own, chained(own, second)), RESULTS).signed == "partly"


def test_an_exclusion_makes_stale_only_by_what_it_changes() -> None:
    own = log(accept(), draft("exclude", well="A1"))
    assert review_of(own, OTHERS).state == "stale"
    assert review_of(own, RESULTS).state == "accepted_with_exclusions"
    assert [one.sequence for one in unseen(own, 1)] == [2]
    assert unseen(own, 2) == ()
    noted = (*own, chained(own, draft("annotate")))
    gone = (*noted, chained(noted, draft("reverse", reverses=3)))
    assert unseen(gone, 2) == ()  # a note on a chart changes no result, nor does taking it back


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (signature("c", role="viewer"), "c is viewer; a signature that means approval needs approver or admin"),
        (signature("c", role="reviewer"), "c is reviewer; a signature that means approval needs approver or admin"),
        (signature("c", "authorship"), "no meaning of a signature is called 'authorship'"),
        (signature("a. name"), r"a\. name excluded P1 A1 \(decision 1\) and may not approve P1: another person has to"),
    ],
)
def test_a_signature_that_nobody_may_give_is_refused(asked: Decision, message: str) -> None:
    own = log(draft("exclude", well="A1"), accept())
    with pytest.raises(UsageError, match=message):
        require_allowed(own, asked, RESULTS)


def test_who_excluded_under_a_printed_name_may_not_approve_under_the_account_of_it() -> None:
    own = log(draft("exclude", "Chen  Li", well="A1"), accept())
    told = {"id": "1", "name": "chen li", "role": "approver", "meaning": "approval", "results": RESULTS}
    with pytest.raises(UsageError, match="cli excluded P1 A1"):
        require_allowed(own, draft("sign", "cli", **told), RESULTS)


def test_who_excluded_may_not_approve_under_another_account_that_prints_the_same_name() -> None:
    own = log(draft("exclude", "b", well="A1"), accept())
    told = {"id": "1", "name": "Chen Li", "role": "approver", "meaning": "approval", "results": RESULTS}
    printed = {"b": "Chen  LI", "b.two": "Chen Li", "c": "C. Name"}
    asked = draft("sign", "b.two", **told)
    with pytest.raises(UsageError, match="excluded P1 A1"):
        require_allowed(own, asked, RESULTS, printed=printed)
    assert unsignable(review_of(own, RESULTS), "b.two", "Chen Li", "approver", printed)["approval"]
    require_allowed(own, asked, RESULTS, printed=printed | {"b": "B. Name"})
    require_allowed(own, signature("c"), RESULTS, printed=printed)


def test_what_a_person_may_not_sign_is_known_before_it_is_tried() -> None:
    own = log(draft("exclude", "b", well="A1"), accept())
    found = unsignable(review_of(own, RESULTS), "b", "B. Name", "approver")
    assert [meaning for meaning, why in found.items() if not why] == ["review", "responsibility"]
    assert "b excluded P1 A1 (decision 1) and may not approve P1" in found["approval"]
    assert not any(unsignable(review_of(own, RESULTS), "c", "C. Name", "approver").values())
    assert all(unsignable(review_of(own, RESULTS), "d", "D. Name", "viewer").values())
    assert unsignable(review_of((), RESULTS), "c", "C. Name", "approver") == {}


def test_exclusions_ask_for_two_persons_of_whom_one_approves() -> None:
    plain = log(accept(), signature("c", "review", "reviewer"))
    assert review_of(plain, RESULTS).signed == "yes"
    own = log(draft("exclude", "b", well="A1"), accept())
    assert review_of(own, RESULTS).signed == "no"
    first = (*own, chained(own, signature("b", "review")))
    assert review_of(first, RESULTS).signed == "partly"
    with pytest.raises(UsageError, match="b excluded P1 A1"):
        require_allowed(first, signature("b"), RESULTS)
    second = (*first, chained(first, signature("c")))
    assert review_of(second, RESULTS).signed == "yes"
    assert review_of(second, OTHERS).signed == "no"  # over what stands now
    alone = (*own, chained(own, signature("c")))
    assert review_of(alone, RESULTS).signed == "partly"
    with pytest.raises(UsageError, match="it has exclusions, so a second person signs"):
        require_allowed(alone, signature("c", "review"), RESULTS)
    with pytest.raises(UsageError, match="c has signed P1 already"):
        require_allowed(alone, signature("c"), RESULTS)
    reviewers = (*own, chained(own, signature("b", "review")))
    assert review_of((*reviewers, chained(reviewers, signature("d", "review"))), RESULTS).signed == "partly"


def test_a_repeat_is_answered_once_and_only_where_one_is_waited_for() -> None:
    answer = draft("repeat", "B. Name", answered_by="other content", answered_plate="P9")
    with pytest.raises(UsageError, match="no repeat of it is waited for"):
        require_allowed(log(accept()), answer, RESULTS)
    own = log(draft("repeat"))
    require_allowed(own, answer, RESULTS)
    own = (*own, chained(own, answer))
    now = review_of(own, RESULTS)
    assert (now.state, now.answer and now.answer.facts["answered_plate"]) == ("repeat_ordered", "P9")
    gone = (*own, chained(own, draft("reverse", reverses=1)))
    assert review_of(gone, RESULTS).state == "pending"  # an answer orders nothing by itself
    with pytest.raises(UsageError, match="no repeat of it is waited for"):
        require_allowed(own, replace(answer, told=json.dumps({"answered_by": "third"})), RESULTS)


def test_an_exclusion_that_no_result_knows_yet_changes_neither_what_was_accepted_nor_who_has_to_sign() -> None:
    own = log(accept(), signature("c"), draft("exclude", "b", well="A1"))
    assert (review_of(own, RESULTS, known=2).state, review_of(own, RESULTS, known=2).signed) == ("accepted", "yes")
    assert review_of(own, OTHERS, known=3).state == "stale"
    own = log(draft("exclude", "b", well="A1"), accept(), signature("c"), draft("reverse", "b", reverses=1))
    before = review_of(own, RESULTS, known=3)
    assert (before.state, before.signed, len(before.exclusions)) == ("accepted_with_exclusions", "partly", 1)
    assert review_of(own, OTHERS, known=4).exclusions == ()


def test_a_lost_update_is_refused_with_what_is_newer() -> None:
    own = log(draft("exclude", well="A1"), accept())
    require_head(own, None)
    require_head(own, head(own))
    require_head((), "")
    with pytest.raises(
        Conflict, match=r"decision 2, accept P1, by A\. Name on .*nothing was entered|nothing was entered: decision 2"
    ):
        require_head(own, own[0].decision_id)
    with pytest.raises(Conflict, match="decision 1, exclude P1 A1") as newer:
        require_head(own, "", "A. Other")
    assert newer.value.newer == (1, 2)
    assert "somebody else decided" in str(newer.value)
    with pytest.raises(Conflict, match=r"^you yourself, .* and nothing more was entered: decision 2"):
        require_head(own, own[0].decision_id, own[1].author)


def test_events_about_a_plate_are_those_of_its_content_and_its_run_and_of_its_number() -> None:
    second = replace(draft("exclude", well="B1"), target=Target("content", "P1", 2, well="B1"))
    twin = replace(draft("exclude"), target=Target("run", "P1"))
    own = log(draft("exclude", well="A1"), second, twin)
    assert [one.sequence for one in about(own, ("content", "run"), 1)] == [1, 3]


def test_states_and_meanings_are_closed() -> None:
    assert tuple(STATES) == ("pending", "accepted", "accepted_with_exclusions", "rejected", "repeat_ordered", "stale")
    assert tuple(SIGNERS) == ("review", "approval", "responsibility")
