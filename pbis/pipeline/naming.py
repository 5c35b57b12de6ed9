"""What a night and its release are called: the date and a count, never a name that anything has borne already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

import warehouse
from pbis.config import Site
from pbis.core.decision import Decision
from pbis.core.site_time import from_store, shown, wall


def next_night_id(site: Site, known: Iterable[str], now: datetime) -> str:
    """The first free name of the day: 2026-11-23-1, then -2.

    known: nights of the warehouse. Where that was lost, or the clock was set back, the site's folders still know the names:
    releases, half-written ones (`.NAME.partial`) too, quarantine and the nights' pages. now: a moment; the day is the site's.
    """
    day = wall(now, site.time_zone).date().isoformat()
    bears = re.compile(rf"\.?(?:night-)?{day}-(\d{{1,9}})(?:\..*)?")
    found = [bears.fullmatch(name) for name in (*known, *_names(site))]
    return f"{day}-{max((int(match[1]) for match in found if match), default=0) + 1}"


def _names(site: Site) -> Iterator[str]:
    for kind in ("releases", "quarantine", "reports"):
        folder = site.path(kind)
        if folder.is_dir():
            yield from (path.name for path in folder.iterdir())


def clock_notes(
    con: warehouse.Connection, zone: tzinfo, started_at: datetime, events: Sequence[Decision] = ()
) -> list[str]:
    """A note where the clock shows an earlier moment than at a night or a decision before. Nothing waits for the clock: nights and
    decisions have their order by number."""
    latest, said = warehouse.latest_start(con), []
    if latest is not None and started_at < from_store(latest[1]):
        said.append(f"night {latest[0]} began at {shown(from_store(latest[1]), zone)}")
    ahead = max(events, key=lambda one: (one.moment, one.sequence), default=None)
    if ahead is not None and started_at < ahead.moment:
        said.append(f"decision {ahead.sequence} was entered at {shown(ahead.moment, zone)}")
    return [
        f"the clock says {shown(started_at, zone)}, but {what}: it was set back; check the machine's clock; nothing waits for it, the "
        "order is by number"
        for what in said
    ]
