"""The loop of a service: the runner of Prefect in a thread of its own, and beside it what looks at the inbox, tells and writes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import httpx
import msgspec
from prefect.runner import Runner

from flows.asked import MISSED, WATCHED, Clock, Say, Serving
from flows.deployed import Deployed, deploy
from flows.server import children_of, command_of
from flows.times import missed, next_due
from pbis.config import Site
from pbis.core.errors import SiteTrouble
from pbis.core.site_time import shown
from pbis.pipeline.ledger import NIGHT, moments_of, read_ledger
from pbis.pipeline.service import ServedNight, ServiceStanding, last_standing, still_here, write_standing
from pbis.pipeline.watching import Watch

_TICK = 1.0  # seconds between two looks at the inbox
_LOOK_TICKS = 3  # ticks between two looks at the server: what it costs while nothing happens
_POLL = 3.0  # seconds between two questions of the runner whether a night is due
_START_SECONDS = 180.0
_OF_A_NIGHT = b"prefect.engine"  # how the runner starts a night


class Nights:
    """Prefect's runner: takes each night that is due and runs it in a process, one at a time."""

    def __init__(self, site: Site, asked: Serving, is_paused: bool) -> None:
        self._site, self._asked, self._is_paused = site, asked, is_paused
        self._is_deployed, self._may_begin = threading.Event(), threading.Event()
        self._loop = asyncio.new_event_loop()
        self._runner: Runner | None = None
        self.error: BaseException | None = None
        self.deployment_id: UUID | None = None
        self._thread = threading.Thread(target=self._work, name="nights", daemon=True)

    def deploy(self) -> UUID:
        """Register the night; nothing is run before `begin`."""
        self._thread.start()
        self._is_deployed.wait(_START_SECONDS)
        if self.deployment_id is None:
            raise SiteTrouble(f"Prefect's server did not take the night: {self.error or 'no answer'}")
        return self.deployment_id

    def begin(self) -> None:
        """Run what is due from here on."""
        self._may_begin.set()

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        """Let the night that runs come to the end of its step, and stop."""
        told: set[int] = set()
        while running := _nights():
            for pid in running - told:
                os.kill(pid, signal.SIGTERM)
            told |= running
            time.sleep(0.1)
        if self._runner is not None and self._runner.started:
            asyncio.run_coroutine_threadsafe(self._runner.astop(), self._loop).result(_START_SECONDS)
        self._thread.join(_START_SECONDS)

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self.error = error
        finally:
            self._is_deployed.set()

    async def _serve(self) -> None:
        self._runner = Runner(name="pbis", query_seconds=_POLL, prefetch_seconds=0, limit=1, pause_on_shutdown=False)
        self.deployment_id = await deploy(self._runner, self._site, self._asked.at, self._is_paused)
        self._is_deployed.set()
        await asyncio.to_thread(self._may_begin.wait)
        await self._runner.start()


@dataclass
class Service:
    """A site that is served."""

    site: Site
    asked: Serving
    clock: Clock
    say: Say
    is_own: bool
    standing: ServiceStanding = field(init=False)

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; SiteTrouble where the runner ends before."""
        before = last_standing(self.site.path("state"))
        nights = Nights(self.site, self.asked, before is not None and before.is_paused)
        deployed = Deployed(nights.deploy())
        deployed.tidy(self.clock())
        self._begin(before, deployed)
        nights.begin()
        watch, ticks = Watch(self.site), 0
        while not stop.wait(_TICK):
            if not nights.is_alive:
                raise SiteTrouble(
                    f"Prefect's runner ended: {nights.error or 'it said nothing'}; start the service again"
                )
            ticks += 1
            is_due = self.asked.is_watching and not self.standing.is_paused and watch.look()
            if is_due or ticks % _LOOK_TICKS == 0:
                self._look(deployed, watch if is_due else None)
        self.say("asked to end; a night that runs ends after its step")
        nights.end()
        self._look(deployed, None)
        self.say("ended")

    def _begin(self, before: ServiceStanding | None, deployed: Deployed) -> None:
        """Ask for a night that was missed, and say that all is ready."""
        now = self.clock()
        since = before.first_served_at if before else now
        standing = ServiceStanding(
            pid=os.getpid(),
            at=f"{self.asked.at:%H:%M}",
            time_zone=self.site.time_zone.key,
            is_watching=self.asked.is_watching,
            first_served_at=since,
            started_at=now,
        )
        self.standing = self._seen(standing, deployed)
        write_standing(self.site.path("state"), self.standing)
        due = missed(self.asked.at, self.site.time_zone, now, since, self._last_end())
        if due is not None and not self.standing.is_paused:
            deployed.ask(MISSED)
            self.say(f"the night of {shown(due, self.site.time_zone)} was missed; it is made up now")
        self.say(_ready(self.standing, self.site))

    def _last_end(self) -> datetime | None:
        """When the last night came to its end, whoever began it."""
        entries = [line for line in read_ledger(self.site.path("state")) if line.kind == NIGHT]
        moments = moments_of(entries, self.site.time_zone)
        return moments[-1] if moments else None

    def _look(self, deployed: Deployed, watch: Watch | None) -> None:
        """See what the server knows, tell what changed, and ask for a night by what came; a server that stumbles is asked again later."""
        try:
            if watch is not None and not deployed.is_busy(self.clock()):
                watch.asked()
                deployed.ask(WATCHED)
            seen = self._seen(self.standing, deployed)
        except httpx.HTTPError:
            return
        for line in _changes(self.standing, seen):
            self.say(line)
        if seen == self.standing:
            still_here(self.site.path("state"))
        else:
            write_standing(self.site.path("state"), seen)
        self.standing = seen

    def _seen(self, standing: ServiceStanding, deployed: Deployed) -> ServiceStanding:
        """The standing as the server knows it now."""
        is_paused = deployed.is_paused
        due = None if is_paused else next_due(self.asked.at, self.site.time_zone, self.clock())
        return msgspec.structs.replace(
            standing,
            is_paused=is_paused,
            next_run_at=due and (deployed.next_run_at() or due),  # a new plan is on the server some seconds later
            running=deployed.running(),
            last=deployed.last(),
        )


def _ready(standing: ServiceStanding, site: Site) -> str:
    """The line that says that the service is ready."""
    by_files = " and when new files lie still in the inbox" if standing.is_watching else ""
    when = "paused" if standing.next_run_at is None else f"next {shown(standing.next_run_at, site.time_zone)}"
    return f"The nights of {site.file.site.name} begin every day at {standing.at} ({standing.time_zone}){by_files}; {when}. Ready."


def _changes(before: ServiceStanding, now: ServiceStanding) -> list[str]:
    lines = []
    if now.running is not None and (before.running is None or before.running.begun_at != now.running.begun_at):
        lines.append(f"{now.running.name}: begun")
    if now.last is not None and (before.last is None or before.last.ended_at != now.last.ended_at):
        lines.append(_ended(now.last))
    if before.is_paused != now.is_paused:
        lines.append("paused" if now.is_paused else "resumed")
    return lines


def _ended(night: ServedNight) -> str:
    return f"{night.name}: {night.state}"


def _nights() -> set[int]:
    """Processes in which a night of this service runs."""
    return {pid for pid in children_of(os.getpid()) if _OF_A_NIGHT in command_of(pid)}
