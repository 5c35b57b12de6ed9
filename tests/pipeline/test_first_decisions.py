"""Several people decide first on a site, at the same moment: each of their events is in the log, in one chain, and nobody is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from pbis.core.decision import Decision, Target
from pbis.pipeline.decision_log import append, read_log

PEOPLE, LOGS = 8, 12
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def event(number: int) -> Decision:
    return Decision(0, NOON, f"Person {number}", "exclude", Target("c", "P01", 1, f"D{number}"), "bubble", "seen")


def none(path: Path) -> None:
    """No log yet."""


def of_an_earlier_build(path: Path) -> None:
    """A log without rows and without the column that came later."""
    append(path, event(1))
    with closing(sqlite3.connect(path)) as con:
        con.executescript(
            "drop trigger decision_is_not_deleted; delete from decision; alter table decision drop column told"
        )


@pytest.mark.parametrize("before", [none, of_an_earlier_build])
def test_whoever_decides_first_is_entered(before: Callable[[Path], None], tmp_path: Path) -> None:
    for number in range(LOGS):
        path = tmp_path / str(number) / "decisions.sqlite"
        path.parent.mkdir()
        before(path)
        start = Barrier(PEOPLE)

        def decide(who: int, path: Path = path, start: Barrier = start) -> None:
            start.wait()
            read_log(path)  # as whoever decides looks first
            append(path, event(who))

        with ThreadPoolExecutor(PEOPLE) as people:
            list(people.map(decide, range(1, PEOPLE + 1)))
        log = read_log(path)
        assert [each.sequence for each in log] == list(range(1, PEOPLE + 1))
        assert {each.author for each in log} == {f"Person {who}" for who in range(1, PEOPLE + 1)}
