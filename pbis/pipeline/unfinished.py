"""What a night is about to archive, noted before it does and struck off once all of it is loaded or refused.

The note is what tells a file that a killed night left in the archive from one that the warehouse has lost: the first stands
in it. It holds kinds and hashes only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pbis.files.table_out import replace_whole
from pbis.pipeline.inbox import KINDS, Arrival

_NAME = "unfinished.txt"
_HEAD = "# files of a night that has not ended: kind and sha256\n"


def note_path(state: Path) -> Path:
    """Where the note lies, while there is one."""
    return state / _NAME


def note(state: Path, arrivals: Iterable[Arrival]) -> None:
    """Add the arrivals to the note; durable when this returns."""
    lines = sorted(noted(state) | {(each.kind, each.file_id) for each in arrivals})
    replace_whole(note_path(state), _HEAD + "".join(f"{kind} {file_id}\n" for kind, file_id in lines), 0o600)


def noted(state: Path) -> frozenset[tuple[str, str]]:
    """(kind, file_id) of what nights that did not end may have archived."""
    path = state / _NAME
    if not path.exists():
        return frozenset()
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#"))
    return frozenset((row[0], row[1]) for row in rows if len(row) == 2 and row[0] in KINDS)


def strike_off(state: Path, arrivals: Iterable[Arrival] | None = None) -> None:
    """The night has loaded, or recorded as refused, all that it archived; where arrivals are named, these alone: what a killed night left
    stays noted for the next night that looks into the inbox."""
    done = None if arrivals is None else {(each.kind, each.file_id) for each in arrivals}
    left = frozenset() if done is None else noted(state) - done
    if left:
        lines = (f"{kind} {file_id}\n" for kind, file_id in sorted(left))
        replace_whole(note_path(state), _HEAD + "".join(lines), 0o600)
    else:
        (state / _NAME).unlink(missing_ok=True)
