"""Files of a release on the disk: proven, made durable, shared, or copied without being written where the file system can."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from pathlib import Path

_FICLONE = 0x40049409  # the request by which Linux lets two files own the same blocks until one is written to
_MOST = 1 << 30  # bytes that the system copies at a time
_AT_ONCE = 1 << 20  # bytes in memory where it cannot


def sha256_of(path: Path) -> str:
    """sha256 in hex of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def share(source: Path, target: Path) -> None:
    """The same bytes under another name; a copy where the file system has no hard links, or no more for this file."""
    if not linked(source, target):
        shutil.copy2(source, target)


def linked(source: Path, target: Path) -> bool:
    """Give a file a second name; False where the file system does not."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def clone(source: Path, target: Path) -> None:
    """A file of its own with the same bytes, which may be written to; blocks are shared where the file system can."""
    with source.open("rb") as known, target.open("xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, known.fileno())
        except OSError:
            _copy_within(known.fileno(), new.fileno())
            known.seek(new.seek(0, os.SEEK_END))
            shutil.copyfileobj(known, new, _AT_ONCE)


def _copy_within(source: int, target: int) -> None:
    """Let the system copy, which takes a third of the CPU of reading and writing; where it cannot, or stops, what is left is not copied."""
    with contextlib.suppress(OSError, AttributeError):  # not of every system, nor between all file systems
        while os.copy_file_range(source, target, _MOST):
            pass
