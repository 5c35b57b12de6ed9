"""The desk's queue: order, one go for all that waits, a night in the way, what fails, and the end of the desk."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from fastapi.testclient import TestClient

from pbis.core.errors import SiteBusy, UsageError
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskSite
from pbis.desk.work import Job, State, WorkQueue
from pbis.pipeline.at_once import ComputedNow, compute_now
from pbis.pipeline.night import utc_clock

SitDown = Callable[[DeskSite, Role | None], TestClient]
REVIEWER = Person("r", "R. Eviewer", Role.REVIEWER)
_HOLD = "import sys,time; from pathlib import Path; from pbis.pipeline.lock import OF_A_NIGHT, site_lock\nwith site_lock(Path(sys.argv[1]), OF_A_NIGHT): print('held', flush=True); time.sleep(60)"
LONG = 20.0  # seconds that a test waits at most: many times what the work takes


class Computing:
    """Computes when it is let, and remembers what of."""

    def __init__(self, *errors: Exception) -> None:
        self.names: list[frozenset[str]] = []
        self.begun, self.go = Event(), Event()
        self.errors = list(errors)

    def __call__(self, root: Path, names: frozenset[str], clock: object) -> ComputedNow:
        self.names.append(names)
        self.begun.set()
        self.go.wait(LONG)
        if self.errors:
            raise self.errors.pop(0)
        return ComputedNow("2026-01-01-1", ("said",))


def _ended(work: WorkQueue, *jobs: Job) -> list[State]:
    return [work.wait(job.key, LONG).state for job in jobs]


def test_what_waits_is_computed_in_one_go(tmp_path: Path) -> None:
    computing = Computing()
    work = WorkQueue(tmp_path, utc_clock, computing)
    first = work.add("first", REVIEWER, names=frozenset({"a.csv"}))
    assert computing.begun.wait(LONG)
    rest = [work.add(f"{name}", REVIEWER, names=frozenset({name})) for name in ("b.csv", "c.csv")]
    assert [job.state for job in rest] == [State.WAITING] * 2
    computing.go.set()
    assert _ended(work, first, *rest) == [State.DONE] * 3
    assert computing.names == [{"a.csv"}, {"b.csv", "c.csv"}]
    assert work.wait(first.key, 0).release == "2026-01-01-1"


def test_what_fails_says_why_and_the_next_is_computed(tmp_path: Path) -> None:
    computing = Computing(UsageError("there is no such plate"), ValueError("secret"))
    computing.go.set()
    work = WorkQueue(tmp_path, utc_clock, computing)
    said = [work.wait(work.add(f"{n}", REVIEWER).key, LONG) for n in range(3)]
    assert [job.state for job in said] == [State.FAILED, State.FAILED, State.DONE]
    assert said[0].said == ("there is no such plate",)
    assert "secret" not in said[1].said[0]


def test_a_busy_site_is_waited_for(tmp_path: Path) -> None:
    computing = Computing(SiteBusy("a night is at work"))
    computing.go.set()
    work = WorkQueue(tmp_path, utc_clock, computing)
    assert _ended(work, work.add("one", REVIEWER)) == [State.DONE]
    assert len(computing.names) == 2


def test_the_end_waits_for_what_runs_and_leaves_what_waits(tmp_path: Path) -> None:
    computing = Computing()
    work = WorkQueue(tmp_path, utc_clock, computing)
    running = work.add("runs", REVIEWER)
    assert computing.begun.wait(LONG)
    waiting = work.add("waits", REVIEWER)
    computing.go.set()
    with work._changed:
        work._is_ending = True
    work.end()
    assert _ended(work, running, waiting, work.add("late", REVIEWER)) == [State.DONE, State.LEFT, State.LEFT]


def test_the_desk_ends_after_its_work(own_desk: DeskSite, sit_down: SitDown) -> None:
    desk, computing = own_desk, Computing()
    desk.__dict__["work"] = WorkQueue(desk.root, utc_clock, computing)
    with sit_down(desk, Role.REVIEWER) as client:
        job = desk.work.add("runs", REVIEWER)
        assert computing.begun.wait(LONG)
        assert "Being computed" in client.get(f"/work/{job.key}").text
        computing.go.set()
    assert desk.work.wait(job.key, 0).state is State.DONE


def test_a_night_in_the_way_is_named_and_waited_for(own_desk: DeskSite, sit_down: SitDown) -> None:
    desk, client = own_desk, sit_down(own_desk, Role.REVIEWER)
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(desk.root / "state")], stdout=subprocess.PIPE) as night:
        assert night.stdout is not None
        assert night.stdout.readline() == b"held\n"
        job = desk.work.add("one", REVIEWER)
        said = _until(lambda: client.get(f"/work/{job.key}").text, "A night is at work")
        assert f"(process {night.pid}, " in said
        fragment = client.get(f"/work/{job.key}", headers={"HX-Request": "true"}).text
        assert fragment.startswith('<div id="job" hx-get')
        night.kill()
    done = desk.work.wait(job.key, LONG)
    assert done.state is State.DONE
    assert done.release
    ended = client.get(f"/work/{job.key}", headers={"HX-Request": "true"})
    assert ended.headers["HX-Refresh"] == "true"  # results of before stand around it
    page = client.get(f"/work/{job.key}").text
    assert "Done" in page
    assert "hx-get" not in page
    assert done.release in client.get("/work").text


def test_unknown_work_is_not_found(at_desk: Callable[[Role | None], TestClient]) -> None:
    assert at_desk(Role.VIEWER).get("/work/0123").status_code == 404


def test_a_computation_takes_the_files_that_are_named_and_no_other(own_site: Path) -> None:
    mine, other = (own_site / "inbox" / "plates" / name for name in ("mine.csv", "of_somebody.csv"))
    for file in (mine, other):
        file.write_text("no plate")
    done = compute_now(own_site, frozenset({mine.name}), utc_clock)
    assert done.refused
    assert any("mine.csv was refused" in words for words in done.said)
    assert (mine.exists(), other.exists()) == (False, True)


def _until(look: Callable[[], str], words: str) -> str:
    for _ in range(100):
        if words in (found := look()):
            return found
        time.sleep(0.1)
    pytest.fail(f"{words!r} never came; last was {found}")
