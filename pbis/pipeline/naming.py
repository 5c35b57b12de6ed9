"""What a night and its release are called: the date and a count, never a name that anything has borne already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

import warehouse
from pbis.config import Site


def next_night_id(site: Site, known: Iterable[str], now: datetime) -> str:
    """The first free name of the day: 2026-11-23-1, then -2.

    known: nights of the warehouse. Where that was lost, or the clock was set back, the site's folders still know the names:
    releases, half-written ones (`.NAME.partial`) too, quarantine and the nights' pages.
    """
    day = now.date().isoformat()
    bears = re.compile(rf"\.?(?:night-)?{day}-(\d{{1,9}})(?:\..*)?")
    found = [bears.fullmatch(name) for name in (*known, *_names(site))]
    return f"{day}-{max((int(match[1]) for match in found if match), default=0) + 1}"


def _names(site: Site) -> Iterator[str]:
    for kind in ("releases", "quarantine", "reports"):
        folder = site.path(kind)
        if folder.is_dir():
            yield from (path.name for path in folder.iterdir())


def clock_notes(con: warehouse.Connection, started_at: datetime) -> list[str]:
    """A note where the clock shows an earlier time than a night before."""
    latest = warehouse.latest_start(con)
    if latest is None or started_at >= latest[1]:
        return []
    began = f"night {latest[0]} began at {latest[1]:%Y-%m-%d %H:%M}"
    return [f"the clock says {started_at:%Y-%m-%d %H:%M}, but {began}: it was set back; check the machine's clock"]
