"""When a daily night begins: a time of day in the site's zone that exists once on every day, and which one was missed.

A clock that is put forward leaves out a time of day, one that is put back has it twice. Prefect's three kinds of schedule then do three
different things, none of which says so, and a laboratory would find a night missing, or two: such a time is refused when the service starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pbis.core.errors import ConfigError
from pbis.core.site_time import shown

_AHEAD = timedelta(days=2 * 366)  # a zone that changes at all changes within a year; laws are seldom known for longer
_STEP = timedelta(hours=6)  # no zone changes twice within it


@dataclass(frozen=True)
class ClockChange:
    """A change of a zone's clock. at: the moment, in UTC; first, until: wall times that it leaves out or that come twice, until excluded."""

    at: datetime
    first: datetime
    until: datetime
    is_skip: bool

    def has(self, at: time) -> bool:
        """Whether the time of day is left out or comes twice."""
        days = {self.first.date(), self.until.date()}
        return any(self.first <= datetime.combine(day, at) < self.until for day in days)


def clock_changes(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[ClockChange]:
    """Changes of the zone's offset between two moments in UTC, in their order."""
    while since < until:
        then = since + _STEP
        if _offset(zone, since) != _offset(zone, then):
            yield _change(zone, since, then)
        since = then


def require_daily(at: time, zone: ZoneInfo, now: datetime) -> None:
    """ConfigError, with the next change of clock that is in the way, for a time that does not exist once on every day. now: in UTC."""
    wrong = next((change for change in clock_changes(zone, now, now + _AHEAD) if change.has(at)), None)
    if wrong is None:
        return
    what = "skip" if wrong.is_skip else "repeat"
    raise ConfigError(
        f"--at {at:%H:%M}: expected a time of day that is there once on every day, but the clocks of {zone.key} {what} "
        f"{wrong.first:%H:%M} to {wrong.until:%H:%M} on {wrong.first:%Y-%m-%d} (the change is at {shown(wrong.at, UTC)} UTC); "
        f"take {_free(at, zone, now):%H:%M}, or another time outside it"
    )


def last_due(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The last moment, not after now, at which a night was to begin; in UTC."""
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=ago) for ago in range(3))
    dues = (datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day in days)
    return next(due for due in dues if due <= now)


def next_due(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The first moment after now at which a night begins; in UTC."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(3))
    dues = (datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for day in days)
    return next(due for due in dues if due > now)


def missed(
    at: time, zone: ZoneInfo, now: datetime, served_since: datetime, last_end: datetime | None
) -> datetime | None:
    """The last due night where it was due after the site was first served and none came to its end since; else None. Nights before it
    are not made up each: one night takes all that lies there."""
    due = last_due(at, zone, now)
    return due if due > served_since and (last_end is None or last_end < due) else None


def _free(at: time, zone: ZoneInfo, now: datetime) -> time:
    """The nearest later full hour that every day has once."""
    changes = list(clock_changes(zone, now, now + _AHEAD))
    hours = (time((at.hour + ahead) % 24) for ahead in range(1, 25))
    return next(hour for hour in hours if not any(change.has(hour) for change in changes))


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _change(zone: ZoneInfo, since: datetime, until: datetime) -> ClockChange:
    """The change between two moments, found to the second by halving."""
    before, after = _offset(zone, since), _offset(zone, until)
    while until - since > timedelta(seconds=1):
        half = since + timedelta(seconds=(until - since) // timedelta(seconds=1) // 2)
        since, until = (since, half) if _offset(zone, half) == after else (half, until)
    walls = sorted((until + offset).replace(tzinfo=None) for offset in (before, after))
    return ClockChange(until, walls[0], walls[1], is_skip=after > before)
