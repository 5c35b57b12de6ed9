"""Publish: a dated copy that people query, switched in one move; nothing where nothing has changed."""

from __future__ import annotations

from pathlib import Path

import warehouse
from pbis.files.table_out import write_whole
from pbis.pipeline.context import Night

_BASIS = "basis.sha256"


def publish(night: Night) -> None:
    """Write releases/<night>/ and let releases/current point to it; then note what it rests on. IntegrityError where the name is taken.

    A night killed before the note publishes again the next time: the same content under a new name.
    """
    if night.options.is_dry_run:
        return
    releases = night.site.path("releases")
    if not night.is_current:
        if night.written is None:  # a retried step finds its own release in place
            night.written = warehouse.write_release(night.warehouse, releases, night.night_id)
        warehouse.make_current(releases, night.night_id)
        write_whole(night.written.parent / _BASIS, night.basis + "\n")
    night.release = warehouse.published_database(releases)


def published_basis(releases: Path) -> str | None:
    """What the newest release rests on (see scoring.basis); None where there is none or its night was killed."""
    note = releases / "current" / _BASIS
    return note.read_text(encoding="utf-8").strip() if note.exists() else None
