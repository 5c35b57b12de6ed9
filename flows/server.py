"""The server that Prefect starts for a night is a process of its own and survives when the night is killed; the next ends it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_NOTE, SERVICE_NOTE = "server.pid", "service-server.pid"
_MARK = b"prefect.server.api.server"


def remember_server(home: Path) -> None:
    """Note the night's process and its server's, so that a later night can tell an orphan. Does nothing without /proc."""
    remember(home, _NOTE, *(pid for pid in children_of(os.getpid()) if _MARK in command_of(pid)))


def remember(home: Path, note: str, *servers: int) -> None:
    """Note this process and servers of it. note: SERVICE_NOTE of a service's, which no night ends."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / note).write_text(" ".join(map(str, (os.getpid(), *servers))), encoding="ascii")


def end_orphan(home: Path, of: str = _NOTE) -> bool:
    """End a server whose night (or service) is gone; True where there was one. One that still lives keeps its server."""
    note = home / of
    if not note.exists():
        return False
    parent, *servers = (int(word) for word in note.read_text(encoding="ascii").split())
    orphans = [] if command_of(parent) else [pid for pid in servers if _MARK in command_of(pid)]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return bool(orphans)


def children_of(pid: int) -> list[int]:
    """Processes that a process started."""
    words = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(word) for text in words for word in text.split()]


def command_of(pid: int) -> bytes:
    """Command line of a process; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
