"""One desk a site: a lock of its own beside the nights', held by the operating system, that says under which address the desk is."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pbis.core.errors import SiteBusy
from pbis.pipeline.lock import holder_of

_NAME = "desk.lock"


@contextmanager
def desk_lock(state: Path) -> Iterator[Callable[[str], None]]:
    """Hold `state`/desk.lock for the duration; what it gives is told the desk's address. SiteBusy, with the other's address, where
    another desk serves the site."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = state / _NAME
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SiteBusy(
                f"{state.parent}: another desk serves this site at {file.read().strip()} (process {holder_of(path) or 'unseen'}); "
                "use that one, or end it"
            ) from None

        def note(address: str) -> None:
            file.seek(0)
            file.truncate()
            file.write(f"{address}\n")
            file.flush()

        note("an address that it has not said yet")
        yield note
