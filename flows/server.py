"""The server that Prefect starts for a night is a process of its own and survives when the night is killed; the next ends it."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_NOTE = "server.pid"
_MARK = b"prefect.server.api.server"


def remember_server(home: Path) -> None:
    """Note the night's process and its server's, so that a later night can tell an orphan. Does nothing without /proc."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    children = [pid for pid in _children(os.getpid()) if _MARK in _command(pid)]
    (home / _NOTE).write_text(" ".join(str(pid) for pid in (os.getpid(), *children)), encoding="ascii")


def end_orphan(home: Path) -> bool:
    """End a server whose night is gone; True where there was one. A night that still lives keeps its server."""
    note = home / _NOTE
    if not note.exists():
        return False
    parent, *servers = (int(word) for word in note.read_text(encoding="ascii").split())
    orphans = [] if _command(parent) else [pid for pid in servers if _MARK in _command(pid)]
    for pid in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return bool(orphans)


def _children(pid: int) -> list[int]:
    words = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(word) for text in words for word in text.split()]


def _command(pid: int) -> bytes:
    """Command line of a process; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
