"""What waits for a person, kept at hand: asked again when a night or the desk's own work has come to its end.

The list stands in the working database, with names of tubes and files as they came. While somebody writes there it is not opened: what was
found last is shown, or what the published release says, which calls such names by a hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from pbis.config import load_site
from pbis.core.errors import SiteBusy
from pbis.core.open_items import OpenItem
from pbis.desk.work import WorkQueue
from pbis.pipeline.lock import DESK, Turn, lock_holder, site_lock
from pbis.pipeline.open_now import items_now, items_published

_SHOWN = 16  # digits of a hash that name an item in an address: no names of tubes or files stand there


@dataclass(frozen=True)
class Listed:
    """An open item with the key by which an address names it."""

    key: str
    item: OpenItem


@dataclass(frozen=True)
class _Seen:
    stamp: tuple[int, int, int]
    items: tuple[Listed, ...]


class Waiting:
    """The open items of a site."""

    def __init__(self, root: Path, work: WorkQueue) -> None:
        self._root, self._work = root, work
        self._turn = Lock()
        self._seen: _Seen | None = None

    def items(self) -> tuple[Listed, ...]:
        """Those of the latest night, what keeps a result back first. UsageError where there was no night yet."""
        with self._turn:
            seen = self._look()
            if seen is not None:
                self._seen = seen
            found = self._seen
        return found.items if found is not None else listed(items_published(self._root))

    def find(self, key: str) -> OpenItem | None:
        """The item that an address names; None where it is not open any more."""
        return next((each.item for each in self.items() if each.key == key), None)

    def _look(self) -> _Seen | None:
        """None where nothing can be newer, or the database is somebody's just now."""
        site = load_site(self._root)
        stamp = _stamp(site.path("warehouse"))
        if self._seen is not None and self._seen.stamp == stamp:
            return None
        if lock_holder(site.path("state")) is not None or not self._work.store.acquire(blocking=False):
            return None
        try:
            with site_lock(site.path("state"), Turn(DESK)):
                return _Seen(stamp, listed(items_now(site)))
        except SiteBusy:
            return None
        finally:
            self._work.store.release()


def listed(items: tuple[OpenItem, ...]) -> tuple[Listed, ...]:
    """The items, each with its key."""
    return tuple(Listed(key_of(item), item) for item in items)


def key_of(item: OpenItem) -> str:
    """The same for the same item on every day."""
    return hashlib.sha256("\0".join(item.name).encode()).hexdigest()[:_SHOWN]


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        seen = path.stat()
    except OSError:
        return (0, 0, 0)
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)
