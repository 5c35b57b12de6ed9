"""Opening a file that somebody else may replace or write at any moment: no link is followed, no pipe waited for."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path


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
