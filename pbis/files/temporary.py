"""Folders for a moment: private, named by the process that made them, so that what a killed one left can be told and cleared away."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OURS = re.compile(r"pbis-[a-z-]+-(\d+)-[a-z0-9_]+")


@contextmanager
def temporary_folder(purpose: str) -> Iterator[Path]:
    """A folder of this account alone, gone at the end. purpose: small letters and hyphens."""
    with tempfile.TemporaryDirectory(prefix=f"pbis-{purpose}-{os.getpid()}-") as name, _held(Path(name)):
        yield Path(name)


def abandoned() -> list[Path]:
    """Folders of this account whose process is gone."""
    found = []
    for path in Path(tempfile.gettempdir()).glob("pbis-*"):
        named = _OURS.fullmatch(path.name)
        if named and _is_own_folder(path) and not is_alive(int(named[1])) and _is_free(path):
            found.append(path)
    return sorted(found)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Locked as long as its process lives, also for one that cannot see the process (another container on the same disk)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _is_free(folder: Path) -> bool:
    try:
        with _held(folder):
            return True
    except OSError:
        return False


def sweep_abandoned() -> int:
    """Remove them; how many there were."""
    found = abandoned()
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return len(found)


def is_alive(pid: int) -> bool:
    """Whether there is such a process, of whatever account."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _is_own_folder(path: Path) -> bool:
    try:
        seen = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid()
