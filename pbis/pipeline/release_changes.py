"""What changed between two releases of a site, as the newest one knows it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbis.core.errors import UsageError
from pbis.core.words import nearest
from pbis.pipeline.published import asked_place


@dataclass(frozen=True)
class Changes:
    """rows: a change each (warehouse/queries/release_diff.sql); text: the same for people."""

    rows: tuple[dict[str, Any], ...]
    text: str


def changes_between(root: Path, before: str, after: str = "") -> Changes:
    """Changes of release `after`, the newest where it is '', against `before`; of the newest, named alone, against the one
    before it. UsageError where one of them is not known, or `after` is not the later one."""
    import warehouse

    with (
        asked_place(root) as place,
        closing(warehouse.open_published(place)) as con,
        warehouse.while_there(place),
    ):
        known = warehouse.releases_made(con)
        is_newest = not after and [before] == known[-1:]
        after = after or (known[-1] if known else "")
        for name in (before, after):
            _require_known(name, known)
        if is_newest:
            before = _one_before(after, known)
        if known.index(before) > known.index(after):
            raise UsageError(f"release {before} is later than {after}: name the earlier one first")
        rows = tuple(warehouse.release_diff(con, before, after))
    return Changes(rows, warehouse.changes_page(rows, before, after))


def _one_before(name: str, known: Sequence[str]) -> str:
    """The release that people were led to before this one."""
    place = known.index(name)
    if not place:
        raise UsageError(f"release {name}: is the first whose changes are known; there is none before it")
    return known[place - 1]


def _require_known(name: str, known: Sequence[str]) -> None:
    if name not in known:
        listed = ", ".join(known[-5:]) or "none"
        raise UsageError(
            f"release {name}: not among those whose changes were kept, of which the latest are {listed}{nearest(name, known)}"
        )
