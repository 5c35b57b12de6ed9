"""Processes that help a night: they read, fit and draw what the night hands them, and hand back values; only the night loads.

A crew is a convenience and never a condition. What a worker cannot do, because its input is refused, because a disk stumbled, or because it
was killed, it leaves to the night, which does that piece itself and tells errors as it always does. Pieces are taken back in the order in which
they were given, and are cut by the plates alone, so that results are the same for any number of workers.
"""

from __future__ import annotations

import os
import pickle
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

from pbis.pipeline.child import end, start
from pbis.pipeline.packed import packed

Given = TypeVar("Given")
Piece = TypeVar("Piece")
Got = TypeVar("Got", covariant=True)
Task = Callable[
    [Any, Given], Piece
]  # of a module, so that a worker finds it by its name; the first argument are the tools

_MODULE = "pbis.pipeline.worker"
_MOST = 4  # workers that a night takes by itself: one process loads what they hand it, and more of them wait for it
_PATIENCE_S = 10.0  # for processes that were told to end


class Ahead(Generic[Piece]):
    """Pieces of work in their order, done when they are asked for."""

    def begin(self) -> None:
        """Hand out what may be done before it is asked for."""

    def take(self, here: Callable[[], Piece]) -> Piece:
        """The next piece. here: does it in this process; where that raises, the same piece is next again."""
        return here()


class Crew:
    """Nobody: the night does all its work itself."""

    has_much = False  # more to do than beginning cost

    @property
    def is_at_work(self) -> bool:
        """Whether workers were started."""
        return False

    @property
    def lost(self) -> int:
        """Workers that ended before they were told to."""
        return 0

    @property
    def said(self) -> tuple[str, ...]:
        """What people are to know of the crew at the end of the night, in sentences."""
        return ()

    @property
    def is_near(self) -> bool:
        """Whether workers see the disks of the night; others are sent bytes, and send bytes back."""
        return True

    def begin(self, tools: Any, *, is_worth_it: bool) -> None:
        """Hand out the tools that every task is called with; is_worth_it: there is more to do than beginning costs."""

    def ahead(self, task: Task[Given, Piece], given: Iterable[Given], at_once: int | None = None) -> Ahead[Piece]:
        """Pieces of work to come, one of each given, at most so many of them handed out at once; None for all."""
        return Ahead()


@contextmanager
def crew_of(workers: int) -> Iterator[Crew]:
    """The crew of a night. workers: so many processes, 1 for none, 0 for what the machine and the work are good for."""
    if workers == 1 or (workers == 0 and cores() < 2):
        yield Crew()
        return
    crew = Workers(workers or by_cores(), is_bound=workers > 0)
    try:
        yield crew
    finally:
        crew.end()


def by_cores() -> int:
    """Workers that a night takes by itself."""
    return min(cores(), _MOST)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(eq=False)
class _Line:
    """The two pipes that lead to a worker, and the tools that it still has to be sent; broken once it is found to have ended."""

    task: Connection[Any, Any]
    reply: Connection[Any, Any]
    tools: bytes = b""
    is_broken: bool = False


class Workers(Crew):
    """A crew of so many processes. is_bound: they are started for any work, because a person asked for them."""

    def __init__(self, count: int, *, is_bound: bool) -> None:
        self._count, self._is_bound = count, is_bound
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: list[_Line] = []
        self._free: SimpleQueue[_Line] = SimpleQueue()
        self._pool: ThreadPoolExecutor | None = None
        self.has_much = False

    def begin(self, tools: Any, *, is_worth_it: bool) -> None:
        if self._pool is not None or not (is_worth_it or self._is_bound):
            return
        try:
            self._process, self._lines = _started(self._count)
        except OSError:  # no room for a process, or no program to start: the night works alone
            return
        self._pool = ThreadPoolExecutor(self._count, thread_name_prefix="crew")
        self.has_much = is_worth_it
        tools_packed = packed(tools)
        for line in self._lines:
            line.tools = tools_packed
            self._free.put(line)

    @property
    def is_at_work(self) -> bool:
        return self._pool is not None

    @property
    def lost(self) -> int:
        return sum(line.is_broken for line in self._lines)

    def ahead(self, task: Task[Given, Piece], given: Iterable[Given], at_once: int | None = None) -> Ahead[Piece]:
        return InHand(partial(self.submit, task), iter(given), at_once) if self.is_at_work else Ahead()

    def submit(self, task: Task[Given, Piece], given: Given) -> Future[tuple[Piece] | None]:
        """The piece, alone in a tuple, or None where no worker did it."""
        assert self._pool is not None
        return self._pool.submit(self._done, task, given)

    def end(self) -> None:
        """End the workers, whatever they are at: what they write is whole or not there."""
        if self._process is None or self._pool is None:
            return
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._free.qsize() < self._count - self.lost:  # somebody is at something that nobody waits for any more
            end(self._process)
        self._pool.shutdown()
        for line in self._lines:
            line.task.close()
            line.reply.close()
        end(self._process, after_s=_PATIENCE_S)  # of itself, so that the system counts their time as the night's

    def _done(self, task: Task[Given, Piece], given: Given) -> tuple[Piece] | None:
        line = self._free.get()
        try:
            return None if line.is_broken else self._asked(line, packed((task, given)))
        except Exception:  # it cannot be packed or unpacked: the night needs neither
            return None
        finally:
            if (
                not line.is_broken or self.lost == self._count
            ):  # a broken one would take work from the others, and do none
                self._free.put(line)

    def _asked(self, line: _Line, asked: bytes) -> tuple[Any] | None:
        try:
            if line.tools:  # not sooner: a pipe takes 64 kB, and the night would wait until its worker listens
                line.task.send_bytes(line.tools)
                line.tools = b""
            line.task.send_bytes(asked)
            reply: tuple[Any] | None = pickle.loads(line.reply.recv_bytes())  # packed by this program
            return reply
        except (EOFError, OSError):
            line.is_broken = True
            return None


class Awaited(Protocol[Got]):
    """What a worker will have made, alone in a tuple; None where it leaves that to the night."""

    def result(self) -> tuple[Got] | None: ...


class InHand(Ahead[Piece]):
    """Pieces that workers are at. submit: hands one out."""

    def __init__(self, submit: Callable[[Any], Awaited[Piece]], given: Iterator[Any], at_once: int | None) -> None:
        self._submit, self._given, self._at_once = submit, given, at_once
        self._pending: deque[Awaited[Piece]] = deque()

    def begin(self) -> None:
        while self._at_once is None or len(self._pending) < self._at_once:
            try:
                one = next(self._given)
            except StopIteration:
                return
            self._pending.append(self._submit(one))

    def take(self, here: Callable[[], Piece]) -> Piece:
        self.begin()
        if not self._pending:
            return here()
        done = self._pending[0].result()
        made = here() if done is None else done[0]
        self._pending.popleft()
        return made


def _started(count: int) -> tuple[subprocess.Popen[bytes], list[_Line]]:
    """One process that becomes `count` workers, in a group of its own: a ctrl-C at the terminal is for the night, which ends them."""
    mine, theirs = [], []
    for _ in range(count):
        (task, say), (listen, reply) = os.pipe(), os.pipe()
        mine.append(_Line(Connection(say, readable=False), Connection(listen, writable=False)))
        theirs += [task, reply]
    try:
        process = start(_MODULE, theirs, pass_fds=theirs)
    finally:
        for end in theirs:
            os.close(end)
    return process, mine
