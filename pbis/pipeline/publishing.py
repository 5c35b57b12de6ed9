"""Publish: a dated copy that people query, switched in one move; nothing where nothing has changed."""

from __future__ import annotations

import warehouse
from pbis.pipeline.context import Night


def publish(night: Night) -> None:
    """Write releases/<night>/ and let releases/current point to it."""
    releases = night.site.path("releases")
    if night.options.is_dry_run:
        return
    if not night.is_current:
        warehouse.publish(night.con, releases, night.night_id, basis=night.basis)
    night.release = releases / "current" / "pbis.duckdb"
