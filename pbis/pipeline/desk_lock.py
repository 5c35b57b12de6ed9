"""One desk a site: a lock of its own beside the nights', held by the operating system, that says under which address the desk is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pbis.pipeline.alone import held_alone

_NAME = "desk.lock"


@contextmanager
def desk_lock(state: Path) -> Iterator[Callable[[str], None]]:
    """Hold `state`/desk.lock for the duration; what it gives is told the desk's address. SiteBusy, with the other's address, where
    another desk serves the site."""

    def busy(address: str, pid: int | None) -> str:
        return f"{state.parent}: another desk serves this site at {address} (process {pid or 'unseen'}); use that one, or end it"

    with held_alone(state / _NAME, "an address that it has not said yet", busy) as note:
        yield note
