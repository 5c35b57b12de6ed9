"""Computing in a process of its own, which is kept warm: pages are served while it computes, and nothing is imported while somebody waits.

It is a convenience and never a condition: what the process does not do, because it cannot be started or was killed, the desk does itself. A
night that was killed is gone on with by whoever computes next, so that nothing is computed twice or lost.
"""

from __future__ import annotations

import os
import pickle
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pbis.core.errors import PbisError
from pbis.pipeline.at_once import ComputedNow, compute_now
from pbis.pipeline.child import start
from pbis.pipeline.packed import packed

_MODULE = "pbis.pipeline.computing"


class Apart:
    """A process that computes, as a function like compute_now. It is called by one thread at a time."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._ends: tuple[Connection[Any, Any], Connection[Any, Any]] | None = None

    def __call__(self, root: Path, names: frozenset[str], clock: Callable[[], datetime]) -> ComputedNow:
        """What compute_now does, and raises."""
        answer = self._asked((root, names, clock))
        if isinstance(answer, PbisError):
            raise answer
        return answer if isinstance(answer, ComputedNow) else compute_now(root, names, clock)

    def begin(self) -> None:
        """Start the process, which gets ready meanwhile; one that runs stays."""
        if self._ends is not None:
            return
        (task, say), (listen, reply) = os.pipe(), os.pipe()
        try:
            self.process = start(_MODULE, (task, reply), pass_fds=(task, reply))
            self._ends = Connection(say, readable=False), Connection(listen, writable=False)
        except OSError:  # no room for a process: the desk computes itself
            os.close(say)
            os.close(listen)
        finally:
            os.close(task)
            os.close(reply)

    def end(self) -> None:
        """End it; it has nothing to do, since who asked it has waited for the answer."""
        if self._ends is not None:
            for end in self._ends:
                end.close()
            self._ends = None
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _asked(self, given: tuple[Any, ...]) -> object:
        """Its answer; None where it gives none."""
        self.begin()
        if self._ends is None:
            return None
        with suppress(pickle.PicklingError, AttributeError, TypeError):  # a clock that only this process has
            asked = packed(given)
            say, listen = self._ends
            try:
                say.send_bytes(asked)
                answer: object = pickle.loads(listen.recv_bytes())  # packed by this program
                return answer
            except (EOFError, OSError):  # it was killed; the next one starts another
                self.end()
        return None


@contextmanager
def apart() -> Iterator[Apart]:
    """The process of a desk, which ends with it."""
    made = Apart()
    made.begin()
    try:
        yield made
    finally:
        made.end()
