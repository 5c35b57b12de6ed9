"""What a service says and knows of nights beside Prefect: lines for its log, when the last one came to its end, and the message of one that
was killed, which cannot send it itself."""

from __future__ import annotations

from flows.asked import Clock
from pbis.config import Site
from pbis.core.site_time import shown
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.notifying import after_night, tell_left
from pbis.pipeline.service import ServedNight, ServiceStanding
from pbis.pipeline.summary import killed

_CRASHED = "Crashed"  # Prefect's word for a run whose process ended without a word


def ready(standing: ServiceStanding, site: Site) -> str:
    """The line that says that the service is ready."""
    by_files = " and when new files lie still in the inbox" if standing.is_watching else ""
    when = "paused" if standing.next_run_at is None else f"next {shown(standing.next_run_at, site.time_zone)}"
    return f"The nights of {site.file.site.name} begin every day at {standing.at} ({standing.time_zone}){by_files}; {when}. Ready."


def changes(before: ServiceStanding, now: ServiceStanding) -> list[str]:
    """What is otherwise than at the look before, a line each."""
    lines = []
    if now.running is not None and (before.running is None or before.running.begun_at != now.running.begun_at):
        lines.append(f"{now.running.name}: begun")
    ended = new_end(before, now)
    if ended is not None:
        seen = {night.begun_at for night in (before.running, now.running) if night is not None}
        if ended.begun_at is not None and ended.begun_at not in seen:  # it was shorter than a look takes
            lines.append(f"{ended.name}: begun")
        lines.append(f"{ended.name}: {ended.state}")
    if before.is_paused != now.is_paused:
        lines.append("paused" if now.is_paused else "resumed")
    return lines


def new_end(before: ServiceStanding, now: ServiceStanding) -> ServedNight | None:
    """The night that ended since the look before."""
    is_new = now.last is not None and (before.last is None or before.last.ended_at != now.last.ended_at)
    return now.last if is_new else None


def tell_if_killed(site: Site, night: ServedNight, clock: Clock) -> None:
    """Keep and send how a night ended whose process was killed; not where it had told by then."""
    if night.state != _CRASHED or night.begun_at is None or tell_left(site, clock):
        return
    kept = read_nights(site.path("state"))
    if kept is None or kept.last.ended_at < night.begun_at.replace(microsecond=0):
        after_night(site, killed(site, night.begun_at, night.ended_at or clock()), clock)
