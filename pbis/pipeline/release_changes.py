"""What changed between two releases of a site, as the newest one knows it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbis.core.errors import UsageError
from pbis.core.words import nearest
from pbis.pipeline.published import published_file


@dataclass(frozen=True)
class Changes:
    """rows: a change each (warehouse/queries/release_diff.sql); text: the same for people."""

    rows: tuple[dict[str, Any], ...]
    text: str


def changes_between(root: Path, before: str, after: str = "") -> Changes:
    """Changes of release `after`, the newest where it is '', against `before`. UsageError where one of them is not known, or `after` is not the
    later one."""
    import warehouse

    with closing(warehouse.open_published(published_file(root))) as con:
        known = warehouse.releases_made(con)
        after = after or (known[-1] if known else "")
        for name in (before, after):
            _require_known(name, known)
        if known.index(before) > known.index(after):
            raise UsageError(f"release {before} is later than {after}: name the earlier one first")
        rows = tuple(warehouse.release_diff(con, before, after))
    return Changes(rows, warehouse.changes_page(rows, before, after))


def _require_known(name: str, known: Sequence[str]) -> None:
    if name not in known:
        listed = ", ".join(known[-5:]) or "none"
        raise UsageError(
            f"release {name}: not among those whose changes were kept, of which the latest are {listed}{nearest(name, known)}"
        )
