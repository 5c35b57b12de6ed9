"""What past nights of a site were given: the database that knows, and each file's bytes and place, as a night found them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import count
from pathlib import Path

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError
from pbis.files.temporary import temporary_folder
from pbis.pipeline.archive import archived_path, fetch
from pbis.pipeline.inbox import REPLACED

# Characters for private use, which no terminal prints: behind the mark in the order of names, so that files keep the order in which they came.
_UNPRINTED = range(0xF0000, 0xF1000)


@contextmanager
def known_of(old: Site) -> Iterator[warehouse.Connection]:
    """What knows the nights: the working file, else the newest release, which calls files about patients by their hashes."""
    path, published = old.path("warehouse"), warehouse.published_database(old.path("releases"))
    if not path.is_file() and not published.is_file():
        raise IntegrityError(
            f"{path}: neither warehouse nor release is left, which know what the nights were given; restore one"
        )
    with ExitStack() as stack:
        con = warehouse.connect(path, read_only=True) if path.is_file() else warehouse.open_published(published)
        stack.callback(con.close)
        if path.is_file() and warehouse.is_of_an_earlier_build(con):  # a copy is brought to today, to be compared
            con = stack.enter_context(closing(_brought_to_today(path, old, stack)))
        yield con


def _brought_to_today(path: Path, old: Site, stack: ExitStack) -> warehouse.Connection:
    copy = stack.enter_context(temporary_folder("rebuild")) / path.name
    shutil.copy2(path, copy)
    con = warehouse.connect(copy)
    warehouse.migrate(con, zone=old.time_zone)
    return con


def place_of(folder: Path, name: str) -> Path:
    """Where a file of that name lay, or a free place beside it: an export of several files came in a folder of its own."""
    return next(path for path in _places(folder, name) if not os.path.lexists(path))


def _places(folder: Path, name: str) -> Iterator[Path]:
    """The place of that name; then places that are stored under the same name, since two names that cannot be printed may be one (inbox.printable)
    and a night tells by names what it took; then -2, -3 ..., where no sign of it was replaced."""
    place = Path(name)
    own = place.name if place.is_absolute() or ".." in place.parts else name
    yield folder / own
    if REPLACED in own:
        yield from (folder / own.replace(REPLACED, chr(each), 1) for each in _UNPRINTED)
    first = folder / own
    yield from (first.with_name(f"{first.stem}-{number}{first.suffix}") for number in count(2))


def past_bytes(old: Site, night_id: str, file: warehouse.PastFile) -> bytes | None:
    """What the night found; None for a refused file that is neither in archive nor in quarantine."""
    kept = archived_path(old.path("archive"), file.kind, file.file_id) if file.file_id else None
    if kept is not None and (kept.exists() or not file.is_refused):
        return fetch(kept)
    aside = old.path("quarantine") / night_id / file.kind / Path(file.name).name
    return aside.read_bytes() if aside.is_file() else None
