"""Archive, warehouse and releases must know the same files before a night does anything: empty is not nothing.

    archive holds it, warehouse does not   a night was killed between the two, and the file still waits in the inbox: go on.
                                           The same, but somebody took it out of the inbox: said once, recorded, go on.
                                           Else the warehouse was deleted, emptied or is an older copy: stop.
    warehouse knows it, archive does not   the file was dropped again and lies in the inbox: go on, it is archived again.
                                           Else the archive has lost it: stop.
    only the newest release knows it       both were lost, or are older than the release: stop.

Names are compared, which costs a listing; bytes are proven when they are read (archive.fetch).
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError, UnstableFile
from pbis.core.kept import gone
from pbis.core.words import plural
from pbis.pipeline.archive import archived_path, held, is_emptied
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.opening import hash_of, opened
from pbis.pipeline.unfinished import noted

Files = frozenset[tuple[str, str]]
_SHOWN = 3
_DOCS = "docs/running.md under: When the warehouse or the archive is damaged"


def require_warehouse(site: Site) -> None:
    """Before the warehouse is opened, which would make an empty one: where there is none, nothing else may hold anything."""
    path = site.path("warehouse")
    if not path.exists() or path.stat().st_size == 0:
        require_whole(site, warehouse.Holdings())


def require_whole(site: Site, holdings: warehouse.Holdings) -> Files:
    """Raise IntegrityError where something was lost. Returns what a killed night archived and nobody wants loaded any more."""
    archived = held(site.path("archive"))
    lost = holdings.loaded - archived
    strange = frozenset(
        each
        for each in _without(archived, holdings.known)
        if not is_emptied(archived_path(site.path("archive"), *each))  # nothing is left of it but the mark
    )
    shown = _without(_released(site, holdings) - archived, holdings.known)
    if not (lost or strange or shown):
        return frozenset()
    waiting = _waiting(site)
    _require_archived(site, lost - waiting)
    hashes = frozenset(file_id for _, file_id in waiting)
    strange = _without(strange, hashes)
    withdrawn = strange & noted(site.path("state"))
    _require_known(site, strange - withdrawn)
    _require_released(site, _without(shown, hashes))
    return withdrawn


def record_withdrawn(con: warehouse.Connection, night_id: str, at: datetime, files: Files) -> list[str]:
    """Files that a killed night had archived, and that somebody then took out of the inbox: known from now on, not loaded.
    Returns a note for each."""
    notes = []
    for kind, file_id in sorted(files):
        error = UnstableFile(
            "was archived by a night that did not come to its end, and lies in the inbox no more: it is not loaded",
            file=f"{kind}/{file_id[:12]}",
            hint="drop it again if it is wanted; its bytes are in the archive",
        )
        warehouse.record_refusal(con, night_id, error, at, kind=kind, name=file_id[:12], sha256=file_id)
        notes.append(str(error))
    return notes


def _without(files: Iterable[tuple[str, str]], hashes: frozenset[str]) -> Files:
    return frozenset((kind, file_id) for kind, file_id in files if file_id not in hashes)


def _released(site: Site, holdings: warehouse.Holdings) -> Files:
    """Files of the newest release, where it is of a night that the warehouse does not know; none else."""
    current = site.path("releases") / "current"
    if not current.is_symlink() or current.readlink().name in holdings.nights:
        return frozenset()
    database = warehouse.published_database(site.path("releases"))
    return warehouse.released_files(database) if database.exists() else frozenset()


def _waiting(site: Site) -> Files:
    """(kind, file_id) of every ordinary file in the inbox, also of those that tonight's options leave out."""
    found = set()
    most = site.file.inbox.max_file_mb * 1_000_000
    for kind in KINDS:
        for path in (site.path("inbox") / kind).rglob("*"):
            seen = path.lstat()
            if stat.S_ISREG(seen.st_mode) and seen.st_size <= most:
                with suppress(OSError), opened(path) as file:  # what cannot be read proves nothing
                    found.add((kind, hash_of(file)))
    return frozenset(found)


def _require_archived(site: Site, lost: Files) -> None:
    if lost:
        kind, file_id = min(lost)
        more = f" ({len(lost) - 1} more files of the archive are gone too)" if len(lost) > 1 else ""
        error = gone(file_id, str(archived_path(site.path("archive"), kind, file_id)))
        raise IntegrityError(f"{error}{more}; nothing was published")


def _require_known(site: Site, strange: Files) -> None:
    if strange:
        raise IntegrityError(
            f"{site.path('warehouse')}: the warehouse does not know {_count(strange)} of the archive, expected every one: "
            f"{_list(site, strange)}; it was deleted, emptied or replaced by an older copy, and a release of it would lack them; "
            f"nothing was published; restore the warehouse from its newest backup ({_DOCS})"
        )


def _require_released(site: Site, shown: Files) -> None:
    if shown:
        raise IntegrityError(
            f"{site.path('releases') / 'current'}: the newest release rests on {_count(shown)} that neither warehouse nor archive "
            f"nor inbox holds: {_list(site, shown)}; nothing was published; restore both from their newest backup ({_DOCS})"
        )


def _count(files: Files) -> str:
    return plural(len(files), "file")


def _list(site: Site, files: Files) -> str:
    paths = [_relative(site.root, archived_path(site.path("archive"), *each)) for each in sorted(files)]
    return ", ".join(paths[:_SHOWN]) + (", ..." if len(paths) > _SHOWN else "")


def _relative(root: Path, path: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
