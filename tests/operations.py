"""Operations of a night on files, counted from 1, and a disturbance that comes before the operation of a number is done.

Operations are what a night does to files: opening for writing, renaming, linking, deleting, making and removing folders, changing
rights, fsync, and what DuckDB and SQLite make durable (commit, a statement outside a transaction, checkpoint, copy to a file,
closing). What Python had not yet handed to the system is lost with a kill.
"""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from processes import children_of, command_of

EVENTS = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.truncate", "os.chmod")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DURABLE = ("checkpoint", "force", "detach", "attach", "copy")  # besides what is written outside a transaction
OF_THE_LAKE = " of the lake"  # what is done on the connection to a lake is called so
_LOOK_S = 0.01
_PATIENCE_S = 600.0  # until whoever was called has done it: more than it takes on the slowest machine
WRITES = ("create", "insert", "update", "delete", "drop", "alter", "comment")


class Operations:
    """Counts operations below a folder, and acts at one. act: look, kill, full, worker, or call; since: operations before the first of this name are
    not counted; call: a file by which somebody else is asked to do something, and who has done it removes the file."""

    def __init__(self, root: Path, act: str, at: int, since: str = "", call: str = "") -> None:
        self.root, self.act, self.at = str(root), act, at
        self.call = Path(call)
        self.seen: list[tuple[str, str, str]] = []
        self.since, self.is_counting = since, not since
        self.count = 0
        self.is_inside = False
        self.has_acted = False

    def watch(self) -> None:
        """From now on in this process, for ever."""
        sys.addaudithook(self._audited)
        for name in ("fsync", "fdatasync"):
            setattr(os, name, self._before(getattr(os, name), name))
        connect = duckdb.connect
        duckdb.connect = lambda *args, **kwargs: _Watched(connect(*args, **kwargs), self)  # type: ignore[assignment]
        opened = sqlite3.connect
        sqlite3.connect = lambda *args, **kwargs: opened(*args, **kwargs, factory=_log_of(self))  # type: ignore[assignment]

    def met(self, what: str, on: str) -> None:
        """An operation is about to be done."""
        self.is_counting = self.is_counting or what == self.since
        if self.is_inside or not self.is_counting:
            return
        self.count += 1
        if self.act == "look":
            self.is_inside = True
            self.seen.append((what, on.replace(self.root, ""), _shape(self.root)))
            self.is_inside = False
        elif self.act == "kill" and self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.act == "full" and self.count >= self.at and what not in ("os.remove", "os.rmdir"):
            self.has_acted = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), on)
        elif self.act in ("worker", "call") and self.count >= self.at and not self.has_acted:
            self.is_inside = True
            self.has_acted = self._called() if self.act == "call" else _worker_killed()
            self.is_inside = False

    def _called(self) -> bool:
        self.call.touch()
        ends = time.monotonic() + _PATIENCE_S
        while self.call.exists():
            assert time.monotonic() < ends, f"nobody answered {self.call}"
            time.sleep(_LOOK_S)
        return True

    def _audited(self, event: str, args: tuple[Any, ...]) -> None:
        if event in EVENTS and self.root in (on := str(args[event == "os.symlink"])):
            self.met(event, on)
        elif (
            event == "open" and isinstance(args[0], str) and args[0].startswith(self.root) and (args[2] or 0) & WRITING
        ):
            self.met(event, args[0])

    def _before(self, function: Callable[[int], None], name: str) -> Callable[[int], None]:
        def first(descriptor: int) -> None:
            self.met(name, str(Path(f"/proc/self/fd/{descriptor}").readlink()))
            function(descriptor)

        return first


class _Watched:
    """A connection of DuckDB that tells what it is about to make durable."""

    def __init__(self, con: duckdb.DuckDBPyConnection, operations: Operations) -> None:
        self.__dict__.update(con=con, operations=operations, is_open=False, where="")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)

    def execute(self, query: Any, *rest: Any) -> Any:
        word = str(query).split(None, 1)[0].casefold().rstrip(";")
        if word == "attach" and "ducklake:" in str(query):
            self.__dict__["where"] = OF_THE_LAKE
        is_written = word in WRITES and not self.is_open and " temp " not in str(query)[:40].casefold()
        if word == "begin":
            self.__dict__["is_open"] = True
        elif word in ("commit", "rollback"):
            self.__dict__["is_open"] = False
        if word == "commit" or word in DURABLE or is_written:
            self.operations.met(f"duckdb {word}{self.where}", "")
        return self.con.execute(query, *rest)

    def close(self) -> None:
        self.operations.met(f"duckdb close{self.where}", "")
        self.con.close()


def _log_of(operations: Operations) -> type[sqlite3.Connection]:
    class Log(sqlite3.Connection):
        def commit(self) -> None:
            operations.met("sqlite commit", "")
            super().commit()

    return Log


def _worker_killed() -> bool:
    """Kill a worker of this night, whatever it is at; False where nobody helps it now."""
    first = next((one for one in children_of(os.getpid()) if b"pbis.pipeline.worker" in command_of(one)), None)
    while first is not None and command_of(first):  # it imports first, and becomes the workers then
        for worker in children_of(first)[-1:]:
            os.kill(worker, signal.SIGKILL)
            return True
        time.sleep(_LOOK_S)
    return False


def _shape(root: str) -> str:
    """What lies on the disk below the folder: names, sizes, times of change."""
    found = []
    for place, folders, names in os.walk(root):
        for name in (*folders, *names):
            seen = (Path(place) / name).lstat()
            found.append((place, name, seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ino))
    return f"{hash(tuple(sorted(found))):x}"
