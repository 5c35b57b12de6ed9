"""A lock that one process of a kind holds for a site as long as it lives, with a line in it by which another finds the first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pbis.core.errors import SiteBusy
from pbis.pipeline.lock import holder_of


@contextmanager
def held_alone(path: Path, unsaid: str, busy: Callable[[str, int | None], str]) -> Iterator[Callable[[str], None]]:
    """Hold the file's lock for the duration; what it gives writes the line, which is `unsaid` before. busy: the sentence of SiteBusy from
    the other's line and process, where another holds it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SiteBusy(busy(file.read().strip(), holder_of(path))) from None

        def note(line: str) -> None:
            file.seek(0)
            file.truncate()
            file.write(f"{line}\n")
            file.flush()

        note(unsaid)
        yield note


def is_held(path: Path) -> bool:
    """Whether a process holds the file's lock now."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
