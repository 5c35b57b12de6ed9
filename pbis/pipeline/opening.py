"""What may be opened at a place of the inbox, and what the system says of it; whatever goes wrong there is that file's refusal.

Between the moment that the inbox is listed and the moment that a file is read, it can vanish, lose its permissions, turn into a
folder, or lie on a share that stumbles. None of that is a reason for the other files to wait.
"""

from __future__ import annotations

import stat
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
