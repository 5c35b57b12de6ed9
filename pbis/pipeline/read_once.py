"""What a file said, kept in this process as long as the file is the same: a log of years is read and verified again only after somebody wrote.

The file is never opened here: who closes a file that SQLite has open in the same process lets go of SQLite's own locks on it.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

Said = TypeVar("Said")
_SETTLED_NS = 1_000_000_000  # between the last change of a file and a look at it: whoever writes after the look leaves another time; a file system's clock ticks 250 times as often
_KEPT = 4  # files: a process serves one site, and its tests a few; own choice


@dataclass(frozen=True)
class Seen:
    """A file as it was at a moment: what tells it from another, its size in bytes, and its two times (of its content, of anything about it)
    in ns since 1970."""

    place: tuple[int, int]
    size: int
    written_ns: int
    changed_ns: int


def seen(path: Path) -> Seen | None:
    """The file as it is now; None where there is none."""
    try:
        now = path.stat()
    except FileNotFoundError:
        return None
    return Seen((now.st_dev, now.st_ino), now.st_size, now.st_mtime_ns, now.st_ctime_ns)


class ReadOnce(Generic[Said]):
    """Answers that hang on one file each; whatever is kept is not to be changed by who gets it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._known: OrderedDict[tuple[Path, tzinfo], tuple[Seen, Said]] = OrderedDict()

    def of(self, path: Path, zone: tzinfo, before: Seen, read: Callable[[], Said]) -> Said:
        """What the file says to people of the zone. before: the file as it was just seen; read: gives it, where the file is another one
        than before, or was changed a moment ago. What `read` raises is kept for nobody."""
        key = (path, zone)
        with self._turn:
            known = self._known.get(key)
        if known is not None and known[0] == before:
            return known[1]
        is_settled = time.time_ns() - max(before.written_ns, before.changed_ns) > _SETTLED_NS
        said = read()
        if is_settled and seen(path) == before:
            with self._turn:
                self._known[key] = (before, said)
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return said
