"""Getting the bytes of a file that someone dropped, or saying why they are not to be had."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from pbis.core.errors import UnstableFile
from pbis.core.kept import proven

DEFAULT_CAP_BYTES = 64 * 1024 * 1024  # thirty times the largest plate export we know of
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Source:
    """A file's bytes under the name the user knows it by."""

    name: str
    data: bytes


def load(path: Path, *, name: str | None = None, cap_bytes: int = DEFAULT_CAP_BYTES) -> Source:
    """The whole file, read once. Raises UnstableFile for anything but a regular, non-empty file of at most cap_bytes."""
    shown = name or path.name
    _check_kind(path, shown)
    with _open(path, shown) as handle:
        status = os.fstat(handle.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise _refuse(shown, "is not a regular file", found=_kind(status.st_mode))
        check_size(shown, status.st_size, cap_bytes)
        data = handle.read(cap_bytes + 1)
    check_size(shown, len(data), cap_bytes)
    if len(data) != status.st_size:
        raise _refuse(
            shown,
            "changed while it was read",
            found=f"{status.st_size} bytes, then {len(data)}",
            hint="wait until the copy is done",
        )
    return Source(shown, proven(data, path))


def check_size(name: str, size: int, cap_bytes: int = DEFAULT_CAP_BYTES) -> None:
    """Raise UnstableFile where a file is empty or larger than the cap."""
    if size == 0:
        raise _refuse(name, "is empty", found="0 bytes", hint="export it again")
    if size > cap_bytes:
        raise _refuse(
            name,
            "is too large for a plate export",
            expected=f"at most {cap_bytes // MEGABYTE} MB",
            found=f"{size / MEGABYTE:.1f} MB",
            hint="bead-level data and archives do not belong here",
        )


def _check_kind(path: Path, shown: str) -> None:
    """Refuse before opening: opening a FIFO would wait for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        what = "is a link to nothing" if path.is_symlink() else "does not exist"
        raise _refuse(shown, what, expected="a file") from None
    except (OSError, ValueError) as error:
        raise _refuse(shown, "cannot be looked at", found=str(error)) from None
    if not stat.S_ISREG(mode):
        raise _refuse(shown, "is not a regular file", expected="a file", found=_kind(mode))


def _open(path: Path, shown: str) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise _refuse(shown, "cannot be opened", found=error.strerror or str(error)) from None


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a block device"),
        (stat.S_ISCHR, "a character device"),
    )
    return next((word for is_kind, word in kinds if is_kind(mode)), "something else")


def _refuse(
    name: str, message: str, *, expected: str | None = None, found: str | None = None, hint: str | None = None
) -> UnstableFile:
    return UnstableFile(message, file=name, expected=expected, found=found, hint=hint)
