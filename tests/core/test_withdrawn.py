"""Names of a subject who withdrew: found by keyed hashes, and replaced where they stand alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pbis.core.decision import (
    ERASE,
    REVERSE,
    WITHDRAW,
    Decision,
    Target,
    chained,
    clock_behind,
    content_digest,
    in_zone,
    verify,
)
from pbis.core.errors import IntegrityError, UsageError
from pbis.core.withdrawn import EMPTY, Renamer, hash_of, names_in, withdrawn_of

KEY, AT, BERLIN = b"k" * 32, datetime(2026, 1, 5, 9, 30), ZoneInfo("Europe/Berlin")


def event(kind: str, target: Target, told: str | None = None, reason: str = "letter", at: datetime = AT) -> Decision:
    return Decision(0, at, "A. Name", kind, target, "verified", reason, told=told)


def log(*events: Decision) -> tuple[Decision, ...]:
    found: tuple[Decision, ...] = ()
    for each in events:
        found = (*found, chained(found, each))
    return found


ABOUT = Target(hash_of(KEY, "SUBJ-77"), "subject")


def erasure(**facts: object) -> Decision:
    own = {"subjects": [], "names": [], "files": {}, "redacted": {}, "releases": []} | facts
    return event(ERASE, Target("2026-01-06-1", "archive"), json.dumps(own))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SUBJ-77", "SUBJ-77"),
        ("labs of SUBJ-77, again", "SUBJ-77"),
        ("labs_SUBJ-77.csv", "SUBJ-77"),
        ("Patient/SUBJ-77", "SUBJ-77"),
        ("a label with blanks", "a label with blanks"),
    ],
)
def test_a_name_is_found_wherever_it_stands_by_itself(text: str, name: str) -> None:
    assert name in set(names_in(text))
    renamed = Renamer(KEY, frozenset({name}))(text)
    assert name not in renamed
    assert Renamer(KEY, frozenset({name})).surrogate(name) in renamed


@pytest.mark.parametrize("text", ["SUBJ-771", "XSUBJ-77", "SUBJ77"])
def test_a_part_of_another_name_is_none(text: str) -> None:
    assert "SUBJ-77" not in set(names_in(text))
    assert Renamer(KEY, frozenset({"SUBJ-77"}))(text) == text


def test_a_surrogate_is_the_same_for_the_same_name_and_holds_no_digit() -> None:
    rename = Renamer(KEY, frozenset({"TUBE-1", "TUBE-2"}))
    assert rename("TUBE-1 TUBE-1").split()[0] == rename("TUBE-1")
    assert rename("TUBE-1") != rename("TUBE-2")
    assert not any(sign.isdigit() for sign in rename("TUBE-1"))


def test_the_log_says_who_is_out_and_what_is_left_and_holds_no_name() -> None:
    files = {"labs/" + "a" * 64: "b" * 64, "labs/" + "c" * 64: EMPTY}
    events = log(
        event(WITHDRAW, ABOUT), erasure(subjects=[ABOUT.plate_content], names=[hash_of(KEY, "TUBE-1")], files=files)
    )
    found = withdrawn_of(events, KEY)
    assert (found.who("SUBJ-77"), found.who("SUBJ-78"), found.pending) == (events[0], None, frozenset())
    assert withdrawn_of(events[:1], KEY).pending == {ABOUT.plate_content}
    assert found.named_in(["x,SUBJ-77,y", "TUBE-1 TUBE-2"]) == {"SUBJ-77", "TUBE-1"}
    assert found.originals == {"b" * 64: "a" * 64}
    assert "SUBJ" not in str(events)


def test_a_withdrawal_is_final_and_entered_once() -> None:
    events = log(event(WITHDRAW, ABOUT))
    back = Decision(0, AT, "A. Name", REVERSE, ABOUT, "entered_in_error", "changed", reverses=1)
    with pytest.raises(
        UsageError, match="decision 1 is a withdraw: what it took out is gone, and it cannot be reversed"
    ):
        chained(events, back)
    with pytest.raises(UsageError, match="says so already"):
        chained(events, event(WITHDRAW, ABOUT))


def test_words_that_an_erasure_vouches_for_may_be_others_and_no_words_else() -> None:
    first = log(event("exclude", Target("content", "P1"), reason="SUBJ-77 rang"))[0]
    blanked = replace(first, reason="withdrawn-abc rang")
    events = (first, chained((first,), erasure(redacted={"1": content_digest(blanked)})))
    assert verify(events) == events
    assert verify((blanked, events[1]))[0].reason == "withdrawn-abc rang"
    with pytest.raises(IntegrityError, match="decision log, event 1"):
        verify((replace(first, reason="another"), events[1]))
    with pytest.raises(IntegrityError, match="decision log, event 1"):
        verify((blanked,))
    with pytest.raises(IntegrityError, match="decision log, event"):
        verify((blanked, replace(events[1], told=events[1].told.replace("redacted", "redacted "))))


def test_a_decision_entered_while_the_clock_was_ahead_blocks_none_after_it() -> None:
    ahead = AT + timedelta(days=400)
    wells = [Target("content", "P1", well=f"A{n}") for n in range(1, 5)]
    events = log(*(event("exclude", well, at=at) for well, at in zip(wells, (AT, ahead, AT, ahead), strict=True)))
    assert clock_behind(in_zone(events, BERLIN)) == {3}
    assert [each.sequence for each in verify(events)] == [1, 2, 3, 4]


def test_the_hour_that_the_end_of_summer_time_repeats_is_no_clock_that_was_set_back() -> None:
    times = [
        datetime(2026, 10, 25, 2, 50),
        datetime(2026, 10, 25, 2, 10),
        datetime(2026, 10, 25, 1, 50),
        datetime(2026, 10, 25, 3, 0),
    ]
    wells = [Target("content", "P1", well=f"A{n}") for n in range(1, 5)]
    events = log(*(event("exclude", well, at=at) for well, at in zip(wells, times, strict=True)))
    assert clock_behind(in_zone(events, BERLIN)) == {3}
    assert clock_behind(events) == {2, 3}
