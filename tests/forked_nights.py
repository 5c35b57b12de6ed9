"""Runs nights in forks of one process that is warm, and disturbs each at an operation on files; started by the fixture `forked`.

It reads a line of JSON a night (`Asked`), forks, and answers with a line of JSON (`Answer`). Operations are what a night does to
files: opening for writing, renaming, linking, deleting, making and removing folders, changing rights, fsync, and what DuckDB and
SQLite make durable (commit, a statement outside a transaction, checkpoint, copy to a file, closing). They are counted from 1, and
the disturbance comes before the operation of its number is done: what Python had not yet handed to the system is lost with a kill.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import resource
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pbis.config import Site, load_site
from pbis.core.errors import PbisError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain

EVENTS = ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.truncate", "os.chmod")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DURABLE = ("checkpoint", "force", "detach", "attach", "copy")  # besides what is written outside a transaction
WRITES = ("create", "insert", "update", "delete", "drop", "alter", "comment")


@dataclass(frozen=True)
class Asked:
    """A night on a site. act: look (write down the operations), kill, full (no room from then on), or nothing; at: at which operation;
    coming: a folder whose files are moved into the inbox when the step of this title begins."""

    root: str
    clock: str
    act: str = ""
    at: int = 0
    coming: str = ""
    step: str = ""


@dataclass(frozen=True)
class Answer:
    """status: minus the signal, or an exit code; state and notes of its outcome; error: what a night that stopped said;
    operations: (what, on what, how the site's files were before it), where the night was looked at; peak_bytes: of memory, by the process
    of the night."""

    status: int
    state: str = ""
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    error: str = ""
    operations: list[tuple[str, str, str]] = field(default_factory=list)
    peak_bytes: int = 0


class Coming(Silent):
    """People drop files while the night runs, each by one rename."""

    def __init__(self, site: Site, asked: Asked) -> None:
        self.inbox, self.asked = site.path("inbox"), asked

    def step(self, name: str, total: int) -> None:
        """Let them come where the step is the one."""
        folder = Path(self.asked.coming)
        for path in sorted(folder.glob("*/*")) if name == self.asked.step else ():
            path.rename(self.inbox / path.relative_to(folder))


class Operations:
    """Counts operations below a folder, and acts at one."""

    def __init__(self, root: Path, act: str, at: int) -> None:
        self.root, self.act, self.at = str(root), act, at
        self.seen: list[tuple[str, str, str]] = []
        self.count = 0
        self.is_inside = False

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
        if self.is_inside:
            return
        self.count += 1
        if self.act == "look":
            self.is_inside = True
            self.seen.append((what, on.replace(self.root, ""), _shape(self.root)))
            self.is_inside = False
        elif self.act == "kill" and self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.act == "full" and self.count >= self.at and what not in ("os.remove", "os.rmdir"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), on)

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
        self.__dict__.update(con=con, operations=operations, is_open=False)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.con, name)

    def execute(self, query: Any, *rest: Any) -> Any:
        word = str(query).split(None, 1)[0].casefold().rstrip(";")
        is_written = word in WRITES and not self.is_open and " temp " not in str(query)[:40].casefold()
        if word == "begin":
            self.__dict__["is_open"] = True
        elif word in ("commit", "rollback"):
            self.__dict__["is_open"] = False
        if word == "commit" or word in DURABLE or is_written:
            self.operations.met(f"duckdb {word}", "")
        return self.con.execute(query, *rest)

    def close(self) -> None:
        self.operations.met("duckdb close", "")
        self.con.close()


def _log_of(operations: Operations) -> type[sqlite3.Connection]:
    class Log(sqlite3.Connection):
        def commit(self) -> None:
            operations.met("sqlite commit", "")
            super().commit()

    return Log


def _shape(root: str) -> str:
    """What lies on the disk below the folder: names, sizes, times of change."""
    found = []
    for place, folders, names in os.walk(root):
        for name in (*folders, *names):
            seen = (Path(place) / name).lstat()
            found.append((place, name, seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ino))
    return f"{hash(tuple(sorted(found))):x}"


def night(asked: Asked) -> Answer:
    """The night in this process."""
    site = load_site(Path(asked.root))
    operations = Operations(site.root, asked.act, asked.at)
    if asked.act:
        operations.watch()
    try:
        outcome = run_plain(site, NightOptions(), Coming(site, asked), lambda: datetime.fromisoformat(asked.clock))
    except PbisError as error:
        return Answer(error.exit_code, error=str(error), operations=operations.seen)
    except OSError as error:
        return Answer(1, error=f"{type(error).__name__}: {error}", operations=operations.seen)
    refused = [each.name for each in outcome.refused]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Answer(0, outcome.state, list(outcome.notes), refused, "", operations.seen, peak)


def serve() -> None:
    """Answer each line."""
    importlib.import_module("expectations._gx")  # heavy, and imported late by a night
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        for line in sys.stdin:
            file.unlink(missing_ok=True)
            child = os.fork()
            if child == 0:
                file.write_text(json.dumps(asdict(night(Asked(**json.loads(line))))))
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            print(file.read_text() if file.exists() else json.dumps({"status": status}), flush=True)


if __name__ == "__main__":
    serve()
