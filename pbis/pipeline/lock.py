"""One night at a time: the site's lock, held by the operating system so that a killed process never leaves it behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pbis.core.errors import SiteBusy


@contextmanager
def site_lock(state: Path) -> Iterator[None]:
    """Hold `state`/lock for the duration. Raises SiteBusy, naming the holder's process id, if another process has it."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "lock").open("a+") as file:
        _take(file.fileno(), state / "lock")
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = path.read_text().strip() or "unknown"
        raise SiteBusy(
            f"{path.parent.parent}: another night is at work here (process {holder}); wait for it to end"
        ) from None
