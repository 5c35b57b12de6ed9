"""Moments of the service's own clock: kept in UTC, read by people in the zone of their site.

Before they were kept in UTC, nights, decisions and the ledger held wall times of the site without a zone. Such a moment is still read, by
the site's zone; in the hour that comes twice at the end of summer time the order of what was written tells which of the two is meant.
What an instrument or a laboratory wrote is no moment of this kind: it has no zone, and stays the wall time that it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo


def in_utc(at: datetime, zone: tzinfo) -> datetime:
    """The moment with UTC as its zone. One without a zone is wall time of `zone`; its fold says which one of a doubled hour."""
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def in_order(moments: Iterable[datetime], zone: tzinfo, since: datetime | None = None) -> list[datetime]:
    """UTC of moments that were written one after the other, the first not before `since` (with a zone).

    A wall time that came twice is the first of its two moments that is not before the one before it, else the second. Others have one
    moment, also where a clock that was set back breaks the order.
    """
    found: list[datetime] = []
    for at in moments:
        first, second = (in_utc(at.replace(fold=fold), zone) for fold in (0, 1))
        since = second if since is not None and first < since and first < second else first
        found.append(since)
    return found


def stored(at: datetime) -> datetime:
    """UTC without a zone, as columns of a database keep it; what has none is taken for such a moment already."""
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def from_store(at: datetime) -> datetime:
    """The moment that a column keeps, with its zone."""
    return at.replace(tzinfo=UTC)


def wall(at: datetime, zone: tzinfo) -> datetime:
    """What the clock on the wall showed, without a zone; its fold is 1 in the second of two equal hours."""
    return in_utc(at, zone).astimezone(zone).replace(tzinfo=None)


def shown(at: datetime, zone: tzinfo) -> str:
    """For people: 2026-03-09 14:05 in the zone; in an hour that comes twice with its offset, 2026-10-25 02:30+01:00."""
    local = in_utc(at, zone).astimezone(zone)
    is_double = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.isoformat(" ", "minutes") if is_double else f"{local:%Y-%m-%d %H:%M}"
