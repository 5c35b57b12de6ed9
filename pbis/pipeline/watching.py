"""Whether something new lies still in the inbox, for a service that does not wait for the hour: it looks at names, sizes and times, opens
nothing, and judges nothing: the night does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from pbis.config import Site
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.inbox_folder import State, state_of

# A copy of many files pauses between two of them for longer than a file may be silent: one night takes them all.
STILL_TIMES_SETTLE = 10.0


class Watch:
    """Told again and again to look. New are entries that did not lie there, as they are, when a night was last asked for."""

    def __init__(self, site: Site, clock: Callable[[], float] = time.monotonic) -> None:
        self._inbox, self._clock = site.path("inbox"), clock
        self._still = site.file.inbox.settle_seconds * STILL_TIMES_SETTLE
        self._seen: State = ()
        self._since = clock()
        self._known: frozenset[tuple[str, int, int, int]] = frozenset()

    def look(self) -> bool:
        """Whether something new lies there, and nothing changed for as long as the site's files need ten times over."""
        now, seen = self._clock(), lying(self._inbox)
        if seen != self._seen:
            self._seen, self._since = seen, now
        return bool(set(seen) - self._known) and now - self._since >= self._still

    def asked(self) -> None:
        """A night is asked for: what lies there now is new no more, and what it leaves does not ask again."""
        self._known = frozenset(self._seen)


def lying(inbox: Path) -> State:
    """Path, size, time and number of what lies in the folders of the inbox; what a night has in hand is passed over."""
    return tuple(entry for entry in state_of(inbox) if _counts(Path(entry[0])))


def _counts(path: Path) -> bool:
    """Whether a night would look at it: in a folder of a kind, and not hidden as files in hand are."""
    return path.parts[0] in KINDS and not any(part.startswith(".") for part in path.parts)
