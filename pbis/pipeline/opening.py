"""Opening a place of the inbox that somebody else may replace or write at any moment, and what the system says where it cannot be.

Between the moment that the inbox is listed and the moment that a file is read, it can vanish, lose its permissions, turn into a
folder, or lie on a share that stumbles. None of that is a reason for the other files to wait. No link is followed, no pipe waited for.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from pbis.core.errors import UnstableFile


def require_ordinary(path: Path, name: str, mode: int) -> None:
    """Raise UnstableFile for what must not be opened: a FIFO would block the night, a link could point anywhere."""
    if stat.S_ISLNK(mode):
        found = "a link to a file" if path.exists() else "a broken link"
        raise _kind("links are not followed", name, found, "copy the file itself into the inbox")
    if stat.S_ISDIR(mode):
        raise _kind("folders are not read", name, "a folder", "move the files in it into the inbox one by one")
    if not stat.S_ISREG(mode):
        raise _kind("only ordinary files are read", name, "a pipe, socket or device", "remove it")


def _kind(message: str, name: str, found: str, hint: str) -> UnstableFile:
    return UnstableFile(message, file=name, expected="a file", found=found, hint=hint)


def refused(name: str, error: OSError) -> UnstableFile:
    """What the system said about a file, as its refusal."""
    if isinstance(error, FileNotFoundError):
        return UnstableFile(
            "the file vanished while it was looked at", file=name, hint="drop it again if it is still needed"
        )
    return UnstableFile(
        "the file cannot be opened",
        file=name,
        expected="a file that the service may read",
        found=error.strerror or type(error).__name__,
        hint="check its permissions and the disk or share that it lies on",
    )


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The file, open for reading. A link is an OSError; a pipe opens at once, and os.fstat says what it is."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags), "rb") as file:
        yield file


def is_being_written(path: Path) -> bool:
    """Whether another process has the file open for writing, as far as the kernel tells (local file systems on Linux)."""
    with opened(path) as file:
        return has_writer(file)


def has_writer(file: BufferedReader) -> bool:
    """The same of an open file."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def hash_of(file: BufferedReader) -> str:
    """sha256 in hex of an open file's bytes."""
    return hashlib.file_digest(file, "sha256").hexdigest()
