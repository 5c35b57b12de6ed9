"""The desk's work: what decisions and files ask to be computed, in their order, by one thread; several that wait are computed in one go.

A night that holds the site is waited for. What waits is in the decision log or in the inbox already, so that nothing is lost where the desk
ends first: the next night computes with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import Protocol

from pbis.core.errors import PbisError, SiteBusy
from pbis.desk.people import Person
from pbis.pipeline.at_once import ComputedNow, compute_now

_KEPT = 200  # jobs that have ended and are still shown: a busy day's; own choice
_LOOKS_AGAIN = 0.5  # seconds between two tries while a night holds the site: soon enough for who waits; own choice


class State(StrEnum):
    """Of a job. left: the desk ended before it was computed; the next night does it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    LEFT = "left"


_ENDED = (State.DONE, State.FAILED, State.LEFT)


@dataclass(frozen=True)
class Job:
    """One thing to compute. what: in words, what was decided or brought; link: where to look when it is done; names: files of the inbox that
    it is about; notes: what is said of it beforehand; layout_of: plate whose layout it brings, '' for none; said: what came out, or why it failed; release:
    that shows it."""

    key: str
    what: str
    account: str
    link: str
    names: frozenset[str]
    notes: tuple[str, ...]
    asked_at: datetime
    layout_of: str = ""
    state: State = State.WAITING
    began_at: datetime | None = None
    ended_at: datetime | None = None
    said: tuple[str, ...] = ()
    release: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state in (State.WAITING, State.RUNNING)


Compute = Callable[[Path, frozenset[str], Callable[[], datetime]], ComputedNow]


class WorkQueue:
    """The queue of one site. compute: what a job does; only tests of the queue itself pass another."""

    def __init__(self, root: Path, clock: Callable[[], datetime], compute: Compute = compute_now) -> None:
        self._root, self._clock, self._compute = root, clock, compute
        self._jobs: dict[str, Job] = {}
        self._changed = Condition()
        self.store = (
            Lock()
        )  # held while the working database is open in this process, which opens it in one way at a time
        self._worker: Thread | None = None
        self._is_ending = False

    def add(
        self,
        what: str,
        person: Person,
        link: str = "/",
        names: frozenset[str] = frozenset(),
        notes: tuple[str, ...] = (),
        layout_of: str = "",
    ) -> Job:
        """Put a job at the end; it is begun at once where nothing is in the way."""
        job = Job(secrets.token_hex(8), what, person.account, link, names, notes, self._clock(), layout_of)
        with self._changed:
            if self._is_ending:
                job = replace(job, state=State.LEFT, ended_at=job.asked_at)
            self._jobs[job.key] = job
            self._forget()
            if job.is_open and self._worker is None:
                self._worker = Thread(target=self._run, name="desk-work")
                self._worker.start()
            self._changed.notify_all()
        return job

    def find(self, key: str) -> Job | None:
        """The job as it is now; None where there is none of that key, or it ended long ago."""
        with self._changed:
            return self._jobs.get(key)

    def jobs(self) -> tuple[Job, ...]:
        """All of them, the latest first."""
        with self._changed:
            return tuple(reversed(self._jobs.values()))

    @property
    def is_running(self) -> bool:
        """Whether something is computed right now."""
        return any(job.state is State.RUNNING for job in self.jobs())

    def wait(self, key: str, seconds: float) -> Job:
        """The job when it has ended, or after so many seconds. KeyError where there is none."""
        with self._changed:
            self._changed.wait_for(lambda: not self._jobs[key].is_open, seconds)
            return self._jobs[key]

    def end(self) -> None:
        """Begin nothing more, and return when what is running has ended."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            worker = self._worker
        if worker is not None:
            worker.join()

    def _run(self) -> None:
        while due := self._next():
            self._do(due)

    def _next(self) -> list[str]:
        """Keys of all that waits, which is running from now on; none where nothing does: the thread ends, and the next job starts another."""
        with self._changed:
            due = [key for key, job in self._jobs.items() if job.state is State.WAITING]
            if self._is_ending:
                self._set(due, State.LEFT)
                due = []
            if not due:
                self._worker = None
            self._set(due, State.RUNNING)
            return due

    def _do(self, keys: list[str]) -> None:
        names = frozenset[str]().union(*(self._jobs[key].names for key in keys))
        try:
            with self.store:
                done = self._compute(self._root, names, self._clock)
        except SiteBusy:
            with self._changed:
                self._set(keys, State.WAITING)
                self._changed.wait_for(lambda: self._is_ending, _LOOKS_AGAIN)
        except PbisError as error:
            self._close(keys, State.FAILED, (str(error),))
        except Exception as error:  # a defect must not end the queue, nor leave who waits without a word
            words = f"A defect of the program ({type(error).__name__}); what was asked for stands, and the next night tries again."
            self._close(keys, State.FAILED, (words,))
        else:
            self._close(keys, State.DONE, done.said, done.release)

    def _close(self, keys: list[str], state: State, said: tuple[str, ...], release: str = "") -> None:
        with self._changed:
            self._set(keys, state, said, release)

    def _set(self, keys: list[str], state: State, said: tuple[str, ...] = (), release: str = "") -> None:
        """Put the jobs into a state, with what is known in it; whoever waits looks again."""
        now = self._clock()
        for key in keys:
            job = self._jobs[key]
            began = job.began_at if state in _ENDED else now if state is State.RUNNING else None
            ended = now if state in _ENDED else None
            self._jobs[key] = replace(job, state=state, began_at=began, ended_at=ended, said=said, release=release)
        self._changed.notify_all()

    def _forget(self) -> None:
        ended = [key for key, job in self._jobs.items() if not job.is_open]
        for key in ended[: max(0, len(ended) - _KEPT)]:
            del self._jobs[key]


class HasWork(Protocol):
    """A desk, or a page's part of one."""

    @property
    def work(self) -> WorkQueue:
        """Its queue."""


def enqueue(
    desk: HasWork,
    what: str,
    person: Person,
    *,
    link: str = "/",
    names: frozenset[str] = frozenset(),
    notes: tuple[str, ...] = (),
    layout_of: str = "",
) -> Job:
    """Ask for what was decided, or files of the inbox, to be computed and published. what: in words; link: where to look when it is done;
    notes: what the page of the job says beforehand; layout_of: plate whose layout it brings."""
    return desk.work.add(what, person, link, names, notes, layout_of)
