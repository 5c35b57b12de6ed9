"""Answers that are asked for at the same moment are asked once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from pbis.pipeline.asked_once import AskedOnce

PATIENCE = 60.0


def test_who_comes_while_it_is_asked_waits_for_that_answer() -> None:
    answers, asked, may_answer, are_here = AskedOnce[str](4), [], Event(), Barrier(4)

    def ask() -> str:
        asked.append("once")
        assert may_answer.wait(PATIENCE)
        return "answer"

    def want() -> str:
        are_here.wait(PATIENCE)
        return answers.of("key", ask)

    with ThreadPoolExecutor(3) as people:
        waiting = [people.submit(want) for _ in range(3)]
        are_here.wait(PATIENCE)
        may_answer.set()
        assert [one.result(PATIENCE) for one in waiting] == ["answer"] * 3
    assert asked == ["once"]


def test_the_answers_that_were_wanted_last_are_kept() -> None:
    answers, asked = AskedOnce[str](2), []

    def want(key: str) -> None:
        answers.of(key, lambda: asked.append(key) or key)  # type: ignore[func-returns-value]

    for key in ("first", "second", "first", "third", "first", "second"):
        want(key)
    assert asked == ["first", "second", "third", "second"]


def test_an_error_is_not_kept() -> None:
    answers = AskedOnce[int](2)
    with pytest.raises(ZeroDivisionError):
        answers.of("key", lambda: 1 // 0)
    assert answers.of("key", lambda: 1) == 1
