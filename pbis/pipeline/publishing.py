"""Publish: a dated copy that people query, switched in one move; nothing where nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import msgspec

import warehouse
from pbis.config import ReleaseSection, Site
from pbis.files.table_out import write_whole
from pbis.pipeline.context import Night
from pbis.pipeline.ledger import NIGHT, read_ledger
from pbis.pipeline.modes import shared
from pbis.pipeline.stages import Published, Scored
from pbis.pipeline.walking import Part, Work

_BASIS = "basis.sha256"
_OPEN = "open_items.sha256"


def publishing(night: Night, before: Scored) -> Work[Path | None, Published]:
    """Write releases/<night>/ and let releases/current point to it; then note what it rests on. IntegrityError where the name is taken.

    A night killed before the note publishes again the next time: the same content under a new name.
    """
    releases = night.site.path("releases")
    anchors, told = anchors_of(night.site, before.scores.basis), declared(night.site)
    # Once a night, since it looks at every cell of the store: first asked when nothing is to be stored any more that people are shown.
    words = cache(partial(warehouse.closed_words_of, night.con, told))
    write = cache(  # a retry finds its own
        lambda: warehouse.write_release(night.warehouse, releases, night.night_id, told, anchors, words())
    )

    def publish() -> Path | None:
        if night.options.is_dry_run:
            return None
        open_now = warehouse.open_basis(night.con)
        if not before.scores.is_current or _noted(releases, _OPEN) != open_now:
            with shared(night.site):
                _note_changes(night)
                warehouse.keep_words_of(night.con)
                written = write()
                warehouse.make_current(releases, night.night_id)
                warehouse.retire_databases(releases)
                write_whole(written.parent / _OPEN, open_now + "\n")
                write_whole(written.parent / _BASIS, before.scores.basis + "\n")
        return warehouse.published_database(releases)

    return Work([Part("publish", publish)], lambda made: _published(before, made[0], words))


def _note_changes(night: Night) -> None:
    """What this release changes against the one that people are led to, before it is written, since it shows that too."""
    link = night.site.path("releases") / warehouse.CURRENT
    led = link.readlink().name if link.is_symlink() else None
    folder = None if led is None else link.parent / led
    warehouse.record_changes(night.con, night.night_id, night.night_id, led, folder)


def _published(before: Scored, release: Path | None, words: Callable[[], warehouse.ClosedWords]) -> Published:
    return Published(
        told=before.told,
        inbox=before.inbox,
        imports=before.imports,
        due=before.due,
        plates=before.plates,
        alarms=before.alarms,
        followed=before.followed,
        scores=before.scores,
        release=release,
        words=words,
    )


def anchors_of(site: Site, basis: str) -> warehouse.Anchors:
    """What a release says of tonight: what its scores rest on, the newest line of the ledger, and the release before as that sealed it."""
    entries = read_ledger(site.path("state"))
    nights = [entry.facts["release"] for entry in entries if entry.kind == NIGHT and entry.facts["release"]]
    sealed = next(iter(nights[-1].values())) if nights else ""
    return warehouse.Anchors(basis, entries[-1].entry_id if entries else "", sealed)


def declared(site: Site) -> ReleaseSection:
    """What site.toml says of words that name nobody; the regimens that it scores are among them."""
    told = site.file.release
    return msgspec.structs.replace(told, words=(*told.words, *site.file.score.regimens))


def published_basis(releases: Path) -> str | None:
    """What the newest release rests on (see scoring.basis); None where there is none or its night was killed."""
    return _noted(releases, _BASIS)


def _noted(releases: Path, name: str) -> str | None:
    """A note beside the newest release; None where it has none."""
    note = releases / "current" / name
    return note.read_text(encoding="utf-8").strip() if note.exists() else None
